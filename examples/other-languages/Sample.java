// A back end in Java 17 behind the gateway: who the visitor is, what a page uploaded, the token, and a call to WeChat.
// WECHAT_GATEWAY_URL and WECHAT_SERVICE_KEY are the gateway's address and one of its service keys.
// Java has no JSON parser of its own; a real back end uses its own, such as Jackson.

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

public class Sample {
    private static final String GATEWAY = System.getenv("WECHAT_GATEWAY_URL").replaceAll("/+$", "");
    private static final String KEY = "Bearer " + System.getenv("WECHAT_SERVICE_KEY");
    private static final HttpClient HTTP = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

    static HttpResponse<String> ask(String path, String header, String value)
            throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(GATEWAY + path))
                .timeout(Duration.ofSeconds(10)).header(header, value).build();
        return HTTP.send(request, HttpResponse.BodyHandlers.ofString());
    }

    /** The visitor of a request whose Cookie header is passed on; null if nobody is logged in. */
    static String openidOf(String cookie) throws IOException, InterruptedException {
        HttpResponse<String> answer = ask("/auth/user/openid", "Cookie", cookie);
        return answer.statusCode() == 200 ? field(answer.body(), "openid") : null;
    }

    static String field(String json, String name) {
        Matcher found = Pattern.compile("\"" + name + "\":\\s*\"?([^\",}]*)").matcher(json);
        if (!found.find()) throw new IllegalStateException("no " + name + " in the answer");
        return found.group(1);
    }

    static String quoted(String text) {
        return text == null ? "null" : "\"" + text + "\"";
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        String mediaId = URLEncoder.encode(arguments[1], StandardCharsets.UTF_8);
        String media = ask("/offiaccount/media?media_id=" + mediaId, "Authorization", KEY).body();
        int size = Base64.getDecoder().decode(field(media, "media_data")).length;
        // The token may be cached for expires_in seconds.
        String token = ask("/token", "Authorization", KEY).body();
        String api = ask("/api/cgi-bin/get_api_domain_ip", "Authorization", KEY).body();
        System.out.println("{\"openid\":" + quoted(openidOf(arguments[0])) + ",\"stranger\":" + quoted(openidOf("none=1"))
                + ",\"media\":[" + quoted(field(media, "content_type")) + "," + size + "]"
                + ",\"expiresIn\":" + field(token, "expires_in") + ",\"api\":" + api + "}");
    }
}
