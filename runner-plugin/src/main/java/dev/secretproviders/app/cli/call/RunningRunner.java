package dev.secretproviders.app.cli.call;

import dev.secretproviders.app.cli.call.LocalCall.NoRunnerException;
import dev.secretproviders.app.control.CannotStartException;
import dev.secretproviders.app.wiring.CommandSocket;
import dev.secretproviders.resolve.value.Use;
import dev.secretproviders.spi.SecretReference;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The runner that has the store of a data directory open. Commands reach it over its {@link CommandSocket}. */
public final class RunningRunner {
    private static final int MOST_OF_AN_ERROR = 64 * 1024;

    private final Path dataDirectory;

    /** Names the data directory; nothing is called yet. */
    public RunningRunner(Path dataDirectory) {
        this.dataDirectory = dataDirectory;
    }

    /** Returns whether a runner answers. */
    public boolean present() {
        try (LocalCall _ = LocalCall.send(dataDirectory, "GET", "/admin/whoami", null)) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Returns whether a runner answers, for a command that must not go on by mistake as if none were there.
     *
     * @throws CannotStartException if one is there, or may be, and cannot be asked; the message says why
     */
    public boolean listens() throws CannotStartException {
        try (LocalCall _ = LocalCall.send(dataDirectory, "GET", "/admin/whoami", null)) {
            return true;
        } catch (NoRunnerException e) {
            return false;
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /**
     * Calls the Admin API and copies its answer.
     *
     * @param type the content type that the answer must have
     * @throws CannotStartException if the call fails or is refused; the message says why
     */
    public void call(String method, String path, String type, OutputStream out) throws CannotStartException {
        try (LocalCall call = sent(method, path, null)) {
            if (!type.equals(call.type())) {
                throw unexpected(method, path);
            }
            call.body().transferTo(out);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /**
     * Calls the Admin API and returns its answer, which must have a field of this name.
     *
     * @throws CannotStartException if the call fails or is refused; the message says why
     */
    public JsonNode ask(String method, String path, @Nullable String body, String field) throws CannotStartException {
        try (LocalCall call = sent(method, path, body)) {
            JsonNode answer = JsonMapper.shared().readTree(call.body().readAllBytes());
            if (!answer.has(field)) {
                throw unexpected(method, path);
            }
            return answer;
        } catch (JacksonException e) {
            throw unexpected(method, path);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /**
     * Returns what the runner says about a reference: its state, and its version or the problem.
     *
     * @throws CannotStartException if the call fails or is refused; the message says why
     */
    public JsonNode explain(SecretReference reference) throws CannotStartException {
        return explained(naming(reference));
    }

    /**
     * Has the runner fetch and keep what a consumer is about to refer to, and returns what it says about the reference:
     * its state, and its version or the problem.
     *
     * @throws CannotStartException if the call fails or is refused; the message says why
     */
    public JsonNode keep(SecretReference reference, Use use) throws CannotStartException {
        return explained(naming(reference).put("keep", use == Use.VALUE ? "value" : "digest"));
    }

    private static ObjectNode naming(SecretReference reference) {
        return JsonMapper.shared().createObjectNode().put("reference", reference.toString());
    }

    private JsonNode explained(ObjectNode body) throws CannotStartException {
        return ask("POST", "/admin/explain", body.toString(), "state");
    }

    private LocalCall sent(String method, String path, @Nullable String body) throws IOException, CannotStartException {
        LocalCall call = LocalCall.send(dataDirectory, method, path, body);
        if (call.status() / 100 == 2) {
            return call;
        }
        try (call) {
            String answer = new String(call.body().readNBytes(MOST_OF_AN_ERROR), StandardCharsets.UTF_8);
            throw new CannotStartException("the runner refused: " + message(answer) + " (" + call.status() + ")", null);
        }
    }

    private static String message(String answer) {
        try {
            JsonNode message = JsonMapper.shared().readTree(answer).path("error_msg");
            return message.isString() ? message.stringValue() : answer;
        } catch (JacksonException e) {
            return answer;
        }
    }

    /** Returns the exception for an answer that a runner of this version would not give. */
    public CannotStartException unexpected(String method, String path) {
        return new CannotStartException(
                "the answer of " + CommandSocket.in(dataDirectory) + " to " + method + " " + path
                        + " is not that of a runner of this version: it is not known whether anything was done",
                null);
    }

    static CannotStartException failed(IOException e) {
        String remedy = e instanceof NoRunnerException
                ? "; name the runner's configuration with --config, and call this from the directory that the runner works"
                        + " in, or set runner.data-dir to an absolute path. A runner that has just started needs time"
                : "";
        return new CannotStartException("the running runner cannot be asked: " + e.getMessage() + remedy, e);
    }
}
