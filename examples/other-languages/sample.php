<?php
// A back end in PHP behind the gateway: who the visitor is, what a page uploaded, the token, and a call to WeChat.
// WECHAT_GATEWAY_URL and WECHAT_SERVICE_KEY are the gateway's address and one of its service keys.

$gateway = rtrim(getenv('WECHAT_GATEWAY_URL'), '/');
$withKey = ['Authorization: Bearer ' . getenv('WECHAT_SERVICE_KEY')];

function ask(string $url, array $headers, ?array $body = null): array
{
    $options = ['ignore_errors' => true, 'follow_location' => 0, 'timeout' => 10, 'header' => $headers];
    if ($body !== null) {
        $options['method'] = 'POST';
        $options['header'][] = 'Content-Type: application/json';
        $options['content'] = json_encode($body);
    }
    $text = file_get_contents($url, false, stream_context_create(['http' => $options]));
    if ($text === false) {
        throw new RuntimeException('the gateway does not answer');
    }
    $status = (int) explode(' ', $http_response_header[0])[1];
    return [$status, json_decode($text, true, 512, JSON_BIGINT_AS_STRING)];
}

/** The visitor of a request whose Cookie header is passed on; null if nobody is logged in. */
function openidOf(string $gateway, string $cookie): ?string
{
    [$status, $answer] = ask("$gateway/auth/user/openid", ["Cookie: $cookie"]);
    return $status === 200 ? $answer['openid'] : null;
}

[, $cookie, $mediaId] = $argv;
[, $media] = ask("$gateway/offiaccount/media?" . http_build_query(['media_id' => $mediaId]), $withKey);
[, $token] = ask("$gateway/token", $withKey); // may be cached for expires_in seconds
[, $api] = ask("$gateway/api/cgi-bin/get_api_domain_ip", $withKey);

echo json_encode([
    'openid' => openidOf($gateway, $cookie),
    'stranger' => openidOf($gateway, ''),
    'media' => [$media['content_type'], strlen(base64_decode($media['media_data']))],
    'expiresIn' => $token['expires_in'],
    'api' => $api,
]);
