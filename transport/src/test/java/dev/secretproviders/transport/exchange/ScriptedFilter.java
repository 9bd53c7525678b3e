package dev.secretproviders.transport.exchange;

import dev.secretproviders.auth.Decision;
import dev.secretproviders.auth.Decision.Header;
import dev.secretproviders.auth.Decision.Reason;
import dev.secretproviders.auth.Judgement;
import dev.secretproviders.auth.RequestNeeds;
import dev.secretproviders.auth.RequestView;
import dev.secretproviders.gateway.RunnerMessage;
import dev.secretproviders.transport.route.BuiltInFilter;
import dev.secretproviders.transport.route.RouteId;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A built-in filter whose judgement a test supplies. */
record ScriptedFilter(String name, Judgement.Next script, RequestNeeds needs) implements BuiltInFilter {
    ScriptedFilter(String name, Judgement.Next script) {
        this(name, script, RequestNeeds.NONE);
    }

    @Override
    public Prepared prepare(String value, RouteId route) {
        return new Prepared() {
            @Override
            public Judgement decide(RequestView request) {
                return script.judge(request);
            }

            @Override
            public RequestNeeds needs() {
                return needs;
            }
        };
    }

    /** Accepts, and sets the header {@code X-Seen}. */
    static Decision accept(String seen) {
        return new Decision.Changed(Reason.ACCEPTED, "user", List.of(new Header("X-Seen", seen)), List.of());
    }

    static Decision refuse() {
        return new Decision.Refuse(Reason.INVALID_KEY, 401, List.of(), "{\"message\":\"no\"}");
    }

    static Judgement askFor(RequestNeeds needs, Judgement.Next next) {
        return new Judgement.Ask(needs, next);
    }

    static Judgement askFor(String variable, Judgement.Next next) {
        return new Judgement.Ask(RequestNeeds.ofVariable(variable), next);
    }

    /** Returns the header {@code X-Seen} of an answer. */
    static String seen(RunnerMessage answer) {
        if (answer instanceof RunnerMessage.Decided(long _, RunnerMessage.Action.Rewrite rewrite)) {
            return rewrite.headers().stream()
                    .filter(header -> header.name().equals("X-Seen"))
                    .map(header -> String.valueOf(header.value()))
                    .findFirst()
                    .orElse("no header");
        }
        return answer.toString();
    }

    static String text(RequestView request, long slice) {
        return new String(
                request.bytes(), RequestView.offset(slice), RequestView.length(slice), StandardCharsets.UTF_8);
    }

    static String variable(RequestView request, String name) {
        byte[] value = request.variable(name);
        return value == null ? "not fetched" : new String(value, StandardCharsets.UTF_8);
    }

    static String body(RequestView request) {
        byte[] body = request.body();
        return body == null ? "not fetched" : new String(body, StandardCharsets.UTF_8);
    }

    static String header(RequestView request, String name) {
        long slice = request.header(name.getBytes(StandardCharsets.US_ASCII));
        return slice == RequestView.ABSENT ? "absent" : text(request, slice);
    }
}
