package dev.secretproviders.benchmarks.dashboard;

import dev.secretproviders.benchmarks.subject.Credentials;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Fills the audit log by calls of the Admin API, each of which is recorded. */
final class AuditedWrites {
    private static final int AT_ONCE = 16;

    private AuditedWrites() {}

    /**
     * Has secrets fetched again, one after another, until the log has this many records more.
     *
     * @throws IOException if a call is refused
     */
    static void make(URI admin, String token, DashboardEffort effort) throws IOException, InterruptedException {
        try (HttpClient http = HttpClient.newHttpClient();
                ExecutorService callers = Executors.newFixedThreadPool(AT_ONCE)) {
            List<Future<?>> all = new ArrayList<>();
            for (int caller = 0; caller < AT_ONCE; caller++) {
                int first = caller;
                all.add(callers.submit(() -> {
                    for (int i = first; i < effort.auditRecords(); i += AT_ONCE) {
                        refresh(http, admin, token, effort, i % effort.references());
                    }
                    return null;
                }));
            }
            for (Future<?> one : all) {
                Object _ = one.get();
            }
        } catch (ExecutionException e) {
            throw new IOException("the audit log was not filled", e.getCause());
        }
    }

    private static void refresh(HttpClient http, URI admin, String token, DashboardEffort effort, int key)
            throws IOException, InterruptedException {
        String reference = "$secret://file/keys" + key / effort.keysInProvider() + "/" + Credentials.name(key);
        HttpRequest request = HttpRequest.newBuilder(admin.resolve("/admin/refresh"))
                .header("X-API-KEY", token)
                .POST(BodyPublishers.ofString("{\"reference\":\"" + reference + "\"}"))
                .build();
        HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
        if (response.statusCode() != 202) {
            throw new IOException("a refresh was answered with " + response.statusCode() + ": " + response.body());
        }
    }
}
