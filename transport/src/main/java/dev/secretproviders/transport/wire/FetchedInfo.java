package dev.secretproviders.transport.wire;

import dev.secretproviders.auth.RequestNeeds;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What APISIX has sent about one request in addition to its frame. The event loop fills it before others read it. Not
 * thread-safe.
 */
public final class FetchedInfo {
    private final Map<String, Content> variables = new HashMap<>();
    private @Nullable Content body;

    /** Creates it empty. */
    public FetchedInfo() {}

    /** Adds an answer of APISIX. */
    public void add(InfoWanted wanted, Content content) {
        switch (wanted) {
            case InfoWanted.Variable(String name) -> variables.put(name, content);
            case InfoWanted.RequestBody _, InfoWanted.ResponseBody _ -> body = content;
        }
    }

    /** Returns a variable, empty if it has no value; null if it was not fetched. */
    @Nullable
    Content variable(String name) {
        return variables.get(name);
    }

    /** Returns the body, empty if there is none; null if it was not fetched. */
    @Nullable
    Content body() {
        return body;
    }

    /** Returns a variable as text, empty if it has no value; null if it was not fetched or {@code name} is null. */
    @Nullable
    public String variableText(@Nullable String name) {
        Content value = name == null ? null : variables.get(name);
        return value == null ? null : value.text(StandardCharsets.UTF_8);
    }

    /** Returns the body as text, empty if there is none or it was not fetched. */
    public String bodyText(Charset charset) {
        return body == null ? "" : body.text(charset);
    }

    /** Returns what is still to be asked for. */
    public List<InfoWanted> missing(RequestNeeds needs) {
        List<InfoWanted> missing = new ArrayList<>();
        for (String name : needs.variables()) {
            if (!variables.containsKey(name)) {
                missing.add(new InfoWanted.Variable(name));
            }
        }
        if (needs.body() && body == null) {
            missing.add(new InfoWanted.RequestBody());
        }
        return missing;
    }

    /** Shows no values. */
    @Override
    public String toString() {
        return "FetchedInfo" + variables.keySet();
    }
}
