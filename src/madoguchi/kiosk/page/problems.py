"""Problems of the kiosk page itself: requests that did not come from this machine's own screen."""

from __future__ import annotations

from madoguchi.errors import PublicReason, Text, problem

_AGAIN = Text("もう一度、画面にさわってください。", "Please touch the screen again.")

NOT_OUR_SCREEN = problem(
    "kiosk.page_not_our_screen",
    status=403,
    public_reason=PublicReason.TRY_LATER,
    resident=_AGAIN,
    clerk=Text(
        "この端末の画面ではないところからの要求です。", "A request that did not come from this machine's screen."
    ),
    engineer="token, Host, Origin or Sec-Fetch-Site is not that of the page served at this boot",
)
BAD_REQUEST = problem(
    "kiosk.page_bad_request",
    status=400,
    public_reason=PublicReason.TRY_LATER,
    resident=_AGAIN,
    clerk=Text("画面からの要求の形が正しくありません。", "A request from the screen has the wrong shape."),
    engineer="body is not the JSON of the page contract (unknown field, wrong type, or not JSON)",
)
TOO_LARGE = problem(
    "kiosk.page_too_large",
    status=413,
    public_reason=PublicReason.TRY_LATER,
    resident=_AGAIN,
    clerk=Text("画面からの要求が大きすぎます。", "A request from the screen is too large."),
    engineer="body over the limit of the page",
)
STALE_TOUCH = problem(
    "kiosk.page_stale_touch",
    status=409,
    public_reason=PublicReason.TRY_LATER,
    resident=_AGAIN,
    clerk=Text(
        "前の画面への操作だったので、無視しました。", "The touch was meant for an earlier screen and was ignored."
    ),
    engineer="touch names another screen than the one shown: a double touch, or the screen changed under the finger",
)
