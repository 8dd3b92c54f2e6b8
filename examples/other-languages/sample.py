"""A back end in Python behind the gateway: who the visitor is, what a page uploaded, the token, and a call to WeChat.

WECHAT_GATEWAY_URL and WECHAT_SERVICE_KEY are the gateway's address and one of its service keys.
"""

import base64
import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request

GATEWAY = os.environ["WECHAT_GATEWAY_URL"].rstrip("/")
KEY = os.environ["WECHAT_SERVICE_KEY"]


def ask(path, headers, body=None):
    data = None if body is None else json.dumps(body).encode()
    if data is not None:
        headers = {**headers, "Content-Type": "application/json"}
    request = urllib.request.Request(GATEWAY + path, data=data, headers=headers)
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


def openid_of(cookie):
    """The visitor of a request whose Cookie header is passed on; None if nobody is logged in."""
    try:
        return ask("/auth/user/openid", {"Cookie": cookie})["openid"]
    except urllib.error.HTTPError as error:
        if error.code == 401:
            return None
        raise


def media(media_id):
    """The content type and the bytes of what a page uploaded."""
    query = urllib.parse.urlencode({"media_id": media_id})
    answer = ask("/offiaccount/media?" + query, {"Authorization": "Bearer " + KEY})
    return answer["content_type"], base64.b64decode(answer["media_data"])


def token():
    """The shared token, which may be cached for expires_in seconds."""
    return ask("/token", {"Authorization": "Bearer " + KEY})


def call_wechat(path, body=None):
    """Calls WeChat's API through the gateway, which fills the token in."""
    return ask("/api" + path, {"Authorization": "Bearer " + KEY}, body)


if __name__ == "__main__":
    cookie, media_id = sys.argv[1:3]
    content_type, content = media(media_id)
    result = {
        "openid": openid_of(cookie),
        "stranger": openid_of(""),
        "media": [content_type, len(content)],
        "expiresIn": token()["expires_in"],
        "api": call_wechat("/cgi-bin/get_api_domain_ip"),
    }
    print(json.dumps(result))
