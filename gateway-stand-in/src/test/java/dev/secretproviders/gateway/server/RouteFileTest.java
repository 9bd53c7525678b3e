package dev.secretproviders.gateway.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.secretproviders.gateway.Entry;
import dev.secretproviders.gateway.RouteConf;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RouteFileTest {
    @TempDir
    Path directory;

    @Test
    void yamlIsReadAsApisixSpellsIt() throws IOException {
        Path file = write("""
                routes:
                  - id: orders
                    uri: /orders/*
                    upstream: http://127.0.0.1:1980
                    plugins:
                      ext-plugin-pre-req:
                        allow_degradation: true
                        conf:
                          - name: secret-key-auth
                            value: '{"header":"apikey"}'
                      ext-plugin-post-resp:
                        conf: [{name: stamp, value: ''}]
                  - id: open
                    uri: /open
                    upstream: http://127.0.0.1:1980
                """);

        assertThat(RouteFile.read(file))
                .containsExactly(
                        Route.of("orders", "/orders/*", URI.create("http://127.0.0.1:1980"))
                                .withPreReq(RouteConf.of("orders", "secret-key-auth", "{\"header\":\"apikey\"}")
                                        .withDegradation())
                                .withPostResp(RouteConf.of("orders", "stamp", "")),
                        Route.of("open", "/open", URI.create("http://127.0.0.1:1980")));
    }

    @Test
    void jsonIsReadToo() throws IOException {
        Path file = write("{\"routes\":[{\"id\":\"a\",\"uri\":\"/*\",\"upstream\":\"http://127.0.0.1:1\","
                + "\"plugins\":{\"ext-plugin-pre-req\":{\"conf\":[{\"name\":\"n\",\"value\":\"v\"}]}}}]}");

        RouteConf conf = RouteFile.read(file).getFirst().preReq();
        assertThat(conf).isEqualTo(new RouteConf("a", 1, List.of(Entry.of("n", "v")), false));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "routes: []                                             | at least one route",
                "routes: [{id: a, uri: /, upstrem: x}]                  | upstrem",
                "routes: [{id: a, uri: /}]                              | a: upstream is missing",
                "routes: [{uri: /, upstream: 'http://h:1'}]             | id of a route is missing",
                "routes: [{id: a, uri: x, upstream: 'http://h:1'}]      | uri must start with a slash",
                "routes: [{id: a, uri: /, upstream: 'https://h:1'}]     | upstream must look like",
                "'routes: ['                                            | cannot use the routes in"
            })
    void wrongFieldIsNamed(String content, String message) throws IOException {
        Path file = write(content);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> RouteFile.read(file))
                .withMessageContainingAll(file.toString(), message);
    }

    private Path write(String content) throws IOException {
        return Files.writeString(directory.resolve("routes.yaml"), content);
    }
}
