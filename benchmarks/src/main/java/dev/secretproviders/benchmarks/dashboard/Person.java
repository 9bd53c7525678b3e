package dev.secretproviders.benchmarks.dashboard;

import java.io.IOException;
import java.net.CookieManager;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A person who is logged in at the dashboard. */
final class Person implements AutoCloseable {
    private static final Pattern FORM_TOKEN = Pattern.compile("name=\"_csrf\"[^>]*value=\"([^\"]+)\"");
    private static final URI LOG_IN = URI.create("/dashboard/login");

    private final HttpClient http;
    private final URI server;

    private Person(HttpClient http, URI server) {
        this.http = http;
        this.server = server;
    }

    /** Logs in with a token of the Admin API. */
    static Person logIn(URI server, String token) throws IOException, InterruptedException {
        Person person = new Person(
                HttpClient.newBuilder().cookieHandler(new CookieManager()).build(), server);
        String form = person.get(LOG_IN).body();
        Matcher matcher = FORM_TOKEN.matcher(form);
        String fields = (matcher.find() ? "_csrf=" + encoded(matcher.group(1)) + "&" : "") + "token=" + encoded(token);
        HttpRequest request = HttpRequest.newBuilder(server.resolve(LOG_IN))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .header("Origin", server.toString())
                .POST(BodyPublishers.ofString(fields))
                .build();
        int status = person.http.send(request, BodyHandlers.ofString()).statusCode();
        if (status / 100 != 3) {
            throw new IOException("the log-in was answered with " + status);
        }
        return person;
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /**
     * Opens a page.
     *
     * @return the time until the page was there, in nanoseconds
     * @throws IOException if the page is not there
     */
    long open(URI page) throws IOException, InterruptedException {
        long start = System.nanoTime();
        HttpResponse<String> response = get(page);
        long nanos = System.nanoTime() - start;
        if (response.statusCode() != 200) {
            throw new IOException(page + " was answered with " + response.statusCode());
        }
        return nanos;
    }

    /**
     * Returns a page's text.
     *
     * @throws IOException if the page is not there
     */
    String read(URI page) throws IOException, InterruptedException {
        HttpResponse<String> response = get(page);
        if (response.statusCode() != 200) {
            throw new IOException(page + " was answered with " + response.statusCode());
        }
        return response.body();
    }

    private HttpResponse<String> get(URI page) throws IOException, InterruptedException {
        return http.send(HttpRequest.newBuilder(server.resolve(page)).build(), BodyHandlers.ofString());
    }

    @Override
    public void close() {
        http.close();
    }
}
