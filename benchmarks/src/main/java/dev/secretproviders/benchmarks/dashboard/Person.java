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

/** A person who is logged in at the dashboard. */
final class Person implements AutoCloseable {
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
        HttpRequest request = HttpRequest.newBuilder(server.resolve(LOG_IN))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .header("Origin", server.toString())
                .POST(BodyPublishers.ofString("token=" + URLEncoder.encode(token, StandardCharsets.UTF_8)))
                .build();
        int status = person.http.send(request, BodyHandlers.ofString()).statusCode();
        if (status / 100 != 3) {
            throw new IOException("the log-in was answered with " + status);
        }
        return person;
    }

    /**
     * Opens a page.
     *
     * @return the time until the page was there, in nanoseconds
     * @throws IOException if the page is not there
     */
    long open(URI page) throws IOException, InterruptedException {
        long start = System.nanoTime();
        String _ = read(page);
        return System.nanoTime() - start;
    }

    /**
     * Returns a page's text.
     *
     * @throws IOException if the page is not there
     */
    String read(URI page) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(server.resolve(page)).build();
        HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
        if (response.statusCode() != 200) {
            throw new IOException(page + " was answered with " + response.statusCode());
        }
        return response.body();
    }

    @Override
    public void close() {
        http.close();
    }
}
