"""The problems that belong to a process rather than to a transaction."""

from __future__ import annotations

from madoguchi.errors import Problem, PublicReason, Text, problem

_TRY_LATER = Text(
    "ただいまご利用いただけません。しばらくしてからお試しください。",
    "This service is not available at the moment. Please try again later.",
)


def _internal(code: str, *, status: int, ja: str, en: str, engineer: str) -> Problem:
    """Register a problem of which the resident learns only that the service is not available now."""
    return problem(
        code,
        status=status,
        public_reason=PublicReason.TRY_LATER,
        resident=_TRY_LATER,
        clerk=Text(ja, en),
        engineer=engineer,
    )


INTERNAL = _internal(
    "runtime.internal",
    status=500,
    ja="システム内部で予期しないエラーが発生しました。",
    en="An unexpected error happened inside the system.",
    engineer="An exception outside the catalogue; the log line runtime.failed names its type and place.",
)
CONFIG = _internal(
    "runtime.config",
    status=500,
    ja="設定ファイルに誤りがあります。",
    en="A configuration file is wrong.",
    engineer="The cause names the file and the key.",
)
STRANGER = _internal(
    "runtime.stranger",
    status=503,
    ja="このプロセスの構成・版・名称が、配備の宣言と一致しないため動作しません。",
    en="This process differs from what the deployment declares, so it does not serve.",
    engineer="Compare party, name, version, topology and fingerprint of the configuration with the deployment; "
    "`PARTY topology show` says what the database knows.",
)
NAME_TAKEN = _internal(
    "runtime.name_taken",
    status=503,
    ja="同じ名称のプロセスが別の場所で動いています。",
    en="A process of the same name runs elsewhere.",
    engineer="Two machines were given one name, or it was moved and the other's end is not known yet: wait a minute.",
)
CLOCK_OFF = _internal(
    "runtime.clock_off",
    status=503,
    ja="このサーバーの時計がずれているため、証明書を発行しません。",
    en="The clock of this server is off, so it issues nothing.",
    engineer="More than a minute between this machine's clock and the database's: see chrony on both.",
)
NOT_COMPARED = _internal(
    "runtime.not_compared",
    status=503,
    ja="他のサーバーとの照合ができていないため、受け付けません。",
    en="This server could not be compared with the others, so it serves nothing.",
    engineer="The comparison of runtime.standing needs the database; it is repeated every second.",
)
OTHERS_RUN = _internal(
    "runtime.others_run",
    status=409,
    ja="別の版または構成のプロセスがまだ動いています。",
    en="Processes of another version or configuration still run.",
    engineer="Restart those that the cause names with the new program first, or stop them with --stop-others.",
)
ALREADY_RUNNING = _internal(
    "runtime.already_running",
    status=500,
    ja="同じ名称のプロセスが既に動いています。",
    en="A process of the same name is already running.",
    engineer="Another process holds the lock file in state_dir.",
)
UNKNOWN_PEER = _internal(
    "runtime.unknown_peer",
    status=403,
    ja="登録されていない接続元です。",
    en="The other side of the connection is not registered here.",
    engineer="The TLS certificate is of our CA but its fingerprint (or the address called) is not in [[peers]].",
)
WRONG_PARTY = _internal(
    "runtime.wrong_party",
    status=403,
    ja="この接続元には許可されていない要求です。",
    en="The caller is known but may not make this request.",
    engineer="The endpoint declares which parties may call it; this peer is another one.",
)
NOT_FOUND = _internal(
    "runtime.not_found",
    status=404,
    ja="存在しない窓口への要求です。",
    en="There is no such endpoint.",
    engineer="Look at /openapi.json for the paths of this party.",
)
METHOD_NOT_ALLOWED = _internal(
    "runtime.method_not_allowed",
    status=405,
    ja="許可されていない方法の要求です。",
    en="This endpoint does not take that method.",
    engineer="Look at /openapi.json for the methods of this path.",
)
TOO_LARGE = _internal(
    "runtime.too_large",
    status=413,
    ja="要求が大きすぎます。",
    en="The request is too large.",
    engineer="The body is longer than the endpoint's max_bytes; it was not read to the end.",
)
UNSUPPORTED_MEDIA = _internal(
    "runtime.unsupported_media",
    status=415,
    ja="要求の形式が違います。",
    en="The request has the wrong media type.",
    engineer="Content-Type must be what the endpoint's request takes, without Content-Encoding.",
)
SLOW_BODY = _internal(
    "runtime.slow_body",
    status=408,
    ja="要求の送信が時間内に終わりませんでした。",
    en="The request body did not arrive in time.",
    engineer="The body must be complete within endpoint.BODY_SECONDS.",
)
REFUSED = _internal(
    "runtime.refused",
    status=502,
    ja="接続先が要求を受け付けませんでした。",
    en="The other party refused the request.",
    engineer="PeerRefused.peer_code and PeerRefused.request_id say what to look for in the peer's log.",
)
BAD_ANSWER = _internal(
    "runtime.bad_answer",
    status=502,
    ja="接続先の応答が正しくありません。",
    en="The answer of the other party is not what the wire contract says.",
    engineer="Status, media type, size or content of the answer is wrong; it was thrown away.",
)
UNREACHABLE = _internal(
    "runtime.unreachable",
    status=503,
    ja="接続先につながりません。",
    en="The other party cannot be reached.",
    engineer="Connection failed or broke; CallError.sent says whether request bytes may have reached the peer.",
)
NO_ANSWER = _internal(
    "runtime.no_answer",
    status=504,
    ja="接続先から時間内に応答がありません。",
    en="The other party did not answer in time.",
    engineer="The call's own timeout ran out; nothing is retried.",
)
LISTEN = _internal(
    "runtime.listen",
    status=500,
    ja="待受けアドレスを使用できません。",
    en="The address to listen on cannot be used.",
    engineer="Another process listens there, or the address is not of this machine; the cause names it.",
)
TLS_FILES = _internal(
    "runtime.tls_files",
    status=500,
    ja="TLS 証明書または鍵を読み込めません。",
    en="The TLS certificate or key cannot be loaded.",
    engineer="The cause names the file that OpenSSL refused.",
)
DATABASE_UNAVAILABLE = _internal(
    "runtime.database_unavailable",
    status=503,
    ja="データベースに接続できません。",
    en="The database cannot be reached.",
    engineer="Nothing was committed unless the log says so; see the PostgreSQL log.",
)
DATABASE_FULL = _internal(
    "runtime.database_full",
    status=507,
    ja="データベースの空き容量がありません。今回の書込みはすべて取り消しました。",
    en="The database has no room left. Nothing of this write was kept.",
    engineer="ENOSPC at the PostgreSQL server: make room, then send again. What was in force before still is.",
)
DATABASE_NOT_DURABLE = _internal(
    "runtime.database_not_durable",
    status=500,
    ja="データベースの書込みが電源断に耐えない設定のため、起動しません。",
    en="The database does not keep commits durably, so this party does not start.",
    engineer="synchronous_commit must not be off or local, fsync and full_page_writes must be on.",
)
CLUSTER = _internal(
    "runtime.cluster",
    status=500,
    ja="組込みデータベースを起動できません。",
    en="The embedded database server did not start.",
    engineer="See postgres.log in the directory of the cluster; the cause says which step failed.",
)
JOURNAL = _internal(
    "runtime.journal",
    status=500,
    ja="記録簿に書き込めません。",
    en="The journal cannot be written.",
    engineer="SQLite refused; the cause names its error. What is not journalled must not be done.",
)
NO_FONT = _internal(
    "runtime.no_font",
    status=500,
    ja="日本語フォントが見つかりません。",
    en="No Japanese font was found.",
    engineer="Install fonts-ipamj-mincho, or name font files in MADOGUCHI_FONTS.",
)
KEY_FILE_OPEN = _internal(
    "runtime.key_file_open",
    status=500,
    ja="鍵ファイルが無いか、他の利用者も読める状態です。",
    en="A key file is missing, or other users can read it.",
    engineer="The cause names the file. `PARTY init` makes what is missing; chmod 600 for what is there.",
)
TLS_EXPIRES = _internal(
    "runtime.tls_expires",
    status=500,
    ja="TLS証明書の期限が近いか、切れています。",
    en="The TLS certificate ends soon, or has ended.",
    engineer="Renew it: the new fingerprint beside the old one at every peer, replace the files, then SIGHUP.",
)
RIGHTS_WRONG = _internal(
    "runtime.rights_wrong",
    status=500,
    ja="データベースの権限が正しくありません。",
    en="The rights in the database are wrong.",
    engineer="Run `PARTY migrate` as the owner; give the serving role nothing by hand.",
)
PEER_IS_ANOTHER = _internal(
    "runtime.peer_is_another",
    status=500,
    ja="接続先が、設定にある相手ではありません。",
    en="Another process answers at this address than the configuration says.",
    engineer="Compare party, name, url and environment of the [[peers]] entry with the peer's own configuration.",
)
