package dev.secretproviders.benchmarks.companion;

import dev.secretproviders.benchmarks.load.BrowserRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/** Scripts for wrk, which send requests of a browser with a key in a header. */
final class Scripts {
    private static final String HEADERS = BrowserRequest.headers().stream()
            .map(header -> "headers[%s] = %s\n"
                    .formatted(quoted(header.name()), quoted(Objects.requireNonNull(header.value()))))
            .collect(Collectors.joining("", "local headers = {}\n", ""));

    private Scripts() {}

    /** Writes a script that sends these keys in turn. */
    static Path taking(List<String> keys, Path directory) throws IOException {
        return Files.writeString(
                directory.resolve("keys.lua"),
                HEADERS + """
                local requests = {}
                local sent = 0
                init = function()
                    for i, key in ipairs({%s}) do
                        headers["apikey"] = key
                        requests[i] = wrk.format("GET", nil, headers)
                    end
                end
                request = function()
                    sent = sent %% #requests + 1
                    return requests[sent]
                end
                """.formatted(keys.stream().map(Scripts::quoted).collect(Collectors.joining(","))));
    }

    /**
     * Writes a script that sends these values of a header in turn. Each script of this kind has as many different
     * requests, so that the client's own work does not depend on how many values there are.
     *
     * @param name of the script
     * @param requests how many different requests
     */
    static Path sending(String name, String header, List<String> values, int requests, Path directory)
            throws IOException {
        Path file = Files.write(directory.resolve(name + ".txt"), values);
        return Files.writeString(
                directory.resolve(name + ".lua"),
                HEADERS + """
                local requests = {}
                local sent = 0
                init = function()
                    local values = {}
                    for value in io.lines(%s) do
                        values[#values + 1] = value
                    end
                    for i = 1, %d do
                        headers[%s] = values[(i - 1) %% #values + 1]
                        requests[i] = wrk.format("GET", wrk.path .. "?" .. i, headers)
                    end
                end
                request = function()
                    sent = sent %% #requests + 1
                    return requests[sent]
                end
                """.formatted(quoted(file.toString()), requests, quoted(header)));
    }

    /**
     * Writes a script that never sends the same key twice in a run; the argument gives each run other keys. The script
     * counts answers that are not 401.
     */
    static Path guessing(Path directory) throws IOException {
        return Files.writeString(directory.resolve("guess.lua"), HEADERS + """
                local run, sent
                local all = {}
                unexpected = 0
                setup = function(thread)
                    all[#all + 1] = thread
                end
                init = function(arguments)
                    run, sent = arguments[1], 0
                end
                response = function(status)
                    if status ~= 401 then
                        unexpected = unexpected + 1
                    end
                end
                done = function()
                    for _, thread in ipairs(all) do
                        print("Unexpected: " .. thread:get("unexpected"))
                    end
                end
                request = function()
                    sent = sent + 1
                    headers["apikey"] = "a-wrong-key-" .. run .. "-" .. sent
                    return wrk.format("GET", nil, headers)
                end
                """);
    }

    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
