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
import java.util.stream.Collectors;

/** A person who is logged in at the dashboard. Not thread-safe. */
final class Person implements AutoCloseable {
    private static final URI LOG_IN = URI.create("/dashboard/login");

    private final HttpClient http;
    private final URI server;
    private final PageReader pages;

    private Person(HttpClient http, URI server, PageReader pages) {
        this.http = http;
        this.server = server;
        this.pages = pages;
    }

    /** Logs in with a token of the Admin API. */
    static Person logIn(URI server, String token) throws IOException, InterruptedException {
        CookieManager cookies = new CookieManager();
        HttpClient http = HttpClient.newBuilder().cookieHandler(cookies).build();
        HttpRequest request = HttpRequest.newBuilder(server.resolve(LOG_IN))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .header("Origin", server.toString())
                .POST(BodyPublishers.ofString("token=" + URLEncoder.encode(token, StandardCharsets.UTF_8)))
                .build();
        int status = http.send(request, BodyHandlers.ofString()).statusCode();
        if (status / 100 != 3) {
            http.close();
            throw new IOException("the log-in was answered with " + status);
        }
        String cookie = cookies.getCookieStore().getCookies().stream()
                .map(one -> one.getName() + "=" + one.getValue())
                .collect(Collectors.joining("; "));
        return new Person(http, server, new PageReader(server, cookie));
    }

    /**
     * Opens a page.
     *
     * @return the time until the page was there, in nanoseconds
     * @throws IOException if the page is not there
     */
    long open(URI page) throws IOException {
        long start = System.nanoTime();
        pages.read(page);
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
    public void close() throws IOException {
        http.close();
        pages.close();
    }
}
