"""Problems of the desk's page itself."""

from __future__ import annotations

from madoguchi.errors import PublicReason, Text, problem

NOT_AT_THE_DESK = problem(
    "oversight.page_not_local",
    status=403,
    public_reason=PublicReason.NOT_ACCEPTED_HERE,
    resident=Text("このページは区の職員のためのものです。", "This page is for the ward's staff."),
    clerk=Text("このページは、机の端末からだけ開けます。", "This page opens only on the desk's own machine."),
    engineer="peer address or Host is not loopback; there is no login yet, so nothing else is let in",
)
