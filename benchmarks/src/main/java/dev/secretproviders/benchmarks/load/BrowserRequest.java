package dev.secretproviders.benchmarks.load;

import dev.secretproviders.gateway.Entry;
import dev.secretproviders.gateway.GatewayRequest;
import dev.secretproviders.gateway.Messages;
import java.util.ArrayList;
import java.util.List;

/** A request of a web shop, with the usual headers and cookies of a browser. */
public final class BrowserRequest {
    private static final String TARGET = "/orders/v1/customers/4711/items?page=2&sort=created_at";

    /** The eleven headers of a browser; the key is the twelfth. */
    private static final List<Entry> BROWSER = List.of(
            Entry.of("Host", "shop.example.com"),
            Entry.of(
                    "User-Agent",
                    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"),
            Entry.of("Accept", "application/json, text/plain, */*"),
            Entry.of("Accept-Language", "en-GB,en;q=0.9,de;q=0.8"),
            Entry.of("Accept-Encoding", "gzip, deflate, br, zstd"),
            Entry.of("Referer", "https://shop.example.com/account/orders?page=1"),
            Entry.of("Cookie", cookies()),
            Entry.of("X-Forwarded-For", "203.0.113.77"),
            Entry.of("X-Forwarded-Proto", "https"),
            Entry.of("X-Request-Id", "5f2b1f0e-7c7a-4a38-9a5e-6f4bb7a0a6d1"),
            Entry.of("Cache-Control", "no-cache"));

    private BrowserRequest() {}

    /** Returns the eleven headers. */
    public static List<Entry> headers() {
        return BROWSER;
    }

    /** Returns the request without a key: eleven headers. */
    public static GatewayRequest withoutKey() {
        return GatewayRequest.get(TARGET).withHeaders(BROWSER);
    }

    /** Returns the request with a key: twelve headers. */
    public static GatewayRequest withKey(String key) {
        return with(Entry.of("apikey", key));
    }

    /** Returns the request with the header {@code Authorization}: twelve headers. */
    public static GatewayRequest withAuthorization(String authorization) {
        return with(Entry.of("Authorization", authorization));
    }

    /** Returns the request with a date and a signature: thirteen headers. */
    public static GatewayRequest signed(String date, String authorization) {
        return with(Entry.of("Date", date), Entry.of("Authorization", authorization));
    }

    /** Returns path and query. */
    public static String target() {
        return TARGET;
    }

    private static GatewayRequest with(Entry... more) {
        List<Entry> headers = new ArrayList<>(BROWSER);
        headers.addAll(List.of(more));
        return GatewayRequest.get(TARGET).withHeaders(headers);
    }

    /** Returns its frame on the wire. */
    public static byte[] httpReqCall(long id, long token, String key) {
        return Messages.httpReqCall(id, token, withKey(key)).encode();
    }

    /** Typical cookies of a web shop, about 700 bytes: session, consent and analytics. */
    private static String cookies() {
        return "session=" + "eyJhbGciOiJIUzI1NiJ9.".repeat(12)
                + "; _ga=GA1.2.1234567890.1700000000; _gid=GA1.2.987654321.1700000001; consent="
                + "functional%3Atrue%26analytics%3Atrue%26marketing%3Afalse%26".repeat(4)
                + "; cart=6f1d2c3b4a5968778695a4b3c2d1e0f; theme=dark; locale=en-GB; ab=checkout-b";
    }
}
