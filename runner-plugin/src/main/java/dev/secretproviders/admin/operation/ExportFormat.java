package dev.secretproviders.admin.operation;

import dev.secretproviders.admin.rest.AdminProblemException;
import dev.secretproviders.admin.rest.Answer;
import dev.secretproviders.admin.rest.Call;
import dev.secretproviders.admin.rest.Endpoint;
import dev.secretproviders.admin.rest.Schema;
import java.util.Locale;

/** The format of an export, which its query names. */
enum ExportFormat {
    JSONL("application/x-ndjson"),
    CSV("text/csv; charset=utf-8");

    private final String type;

    ExportFormat(String type) {
        this.type = type;
    }

    /** Returns an endpoint with the query for the format and both types of answers. */
    static Endpoint offeredBy(Endpoint endpoint) {
        return endpoint.with("format", Schema.choice("jsonl", "csv"), "jsonl or csv.")
                .streaming("application/x-ndjson", "text/csv");
    }

    /** Returns the format that a call asks for. */
    static ExportFormat of(Call call) {
        String text = call.text("format");
        if (text == null) {
            return JSONL;
        }
        for (ExportFormat format : values()) {
            if (format.text().equals(text)) {
                return format;
            }
        }
        throw AdminProblemException.badRequest("format: expected jsonl or csv");
    }

    /** Returns the name in the query, which is also the ending of the file. */
    String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Answers a file of this format. */
    Answer stream(String file, Answer.Stream body) {
        return Answer.stream(type, file + "." + text(), body);
    }
}
