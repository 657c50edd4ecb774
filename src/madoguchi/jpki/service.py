"""What the authority answers over the wire: OCSP questions, and the daily list of a generation."""

from __future__ import annotations

import asyncio
from typing import Final

from madoguchi.jpki import registry
from madoguchi.jpki.authority import Authority
from madoguchi.jpki.crl import build_crl, day_of
from madoguchi.jpki.ocsp import RefusedQuestionError, Responder
from madoguchi.jpki.problems import GENERATION_UNKNOWN
from madoguchi.runtime import log
from madoguchi.runtime.clock import Clock
from madoguchi.runtime.database import Pool, transaction
from madoguchi.runtime.endpoint import Call, Endpoint

MAX_QUESTION_OCTETS: Final = 1024
ASKERS: Final = frozenset({"center", "issuer"})
"""Center and ward each verify the card for themselves; nobody else learns whether a certificate is alive."""

QUESTION_REFUSED = log.event("jpki.question_refused", "status")
LIST_MADE = log.event("jpki.list_made", "generation", "lines")


class Service:
    """The endpoints of one process over one pool."""

    def __init__(self, authority: Authority, *, pool: Pool, clock: Clock) -> None:
        self._authority = authority
        self._pool = pool
        self._clock = clock
        self._responder = Responder(authority, clock=clock)

    async def ocsp(self, call: Call[bytes]) -> bytes:
        """Answer as of now. A question that is refused gets one of RFC 6960's unsigned error answers."""
        try:
            question = self._responder.read(call.body)
        except RefusedQuestionError as refused:
            log.get_log().warning(QUESTION_REFUSED, status=str(refused))
            return refused.answer
        async with transaction(self._pool) as connection:
            status = await registry.status_of(connection, generation=question.generation, serial=question.serial)
        return self._responder.answer(question, status)

    async def crl(self, call: Call[None]) -> bytes:
        """The list of the Japanese day. The first replica that is asked makes it, all give out the same one."""
        generation = self._authority.generation(call.path["generation"])
        this_update = day_of(self._clock.now())
        async with transaction(self._pool) as connection:
            kept = await registry.find_list(connection, generation=generation.name, this_update=this_update)
            if kept is not None:
                return kept
            revoked = await registry.revoked_before(connection, generation=generation.name, at=this_update)
        # A long list takes long to sign; OCSP must not wait for it.
        made = await asyncio.to_thread(build_crl, generation, revoked, at=this_update)
        async with transaction(self._pool) as connection:
            counts = await registry.keep_list(connection, made, generation=generation.name, this_update=this_update)
        log.get_log().info(LIST_MADE, generation=generation.name, lines=len(revoked))
        return counts

    async def ready(self) -> None:
        """Raise `runtime.database_unavailable` while the registry cannot be asked."""
        async with transaction(self._pool) as connection:
            await connection.execute("SELECT 1 FROM certificates LIMIT 1")

    def endpoints(self) -> tuple[Endpoint, ...]:
        """The wire contract."""
        return (
            Endpoint(
                method="POST",
                path="/ocsp",
                handler=self.ocsp,
                callers=ASKERS,
                request=bytes,
                answer=bytes,
                max_bytes=MAX_QUESTION_OCTETS,
                summary="Is this certificate good now? An OCSPRequest in, an OCSPResponse out (RFC 6960), both DER",
            ),
            Endpoint(
                method="GET",
                path="/crl/{generation}",
                handler=self.crl,
                callers=ASKERS,
                answer=bytes,
                summary="The day's certificate revocation list of one CA generation (RFC 5280), DER",
                problems=(GENERATION_UNKNOWN,),
            ),
        )
