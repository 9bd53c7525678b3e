package dev.secretproviders.audit;

import dev.secretproviders.audit.text.Csv;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Writes records for other programs to read. */
public final class AuditExport {
    private static final List<String> COLUMNS = List.of(
            "id",
            "event_time",
            "event_type",
            "success",
            "operator_id",
            "operator_name",
            "source",
            "ip_address",
            "resource_id",
            "request_id",
            "error_message",
            "message",
            "before",
            "after",
            "damaged",
            "prev",
            "hmac");

    /** The format of an export. */
    public enum Format {
        /** One JSON object a line, exactly as it is stored; {@code application/x-ndjson}. */
        JSON_LINES,
        /**
         * RFC 4180 with a header line; {@code text/csv}. A text that a spreadsheet would read as a formula gets an
         * apostrophe.
         */
        CSV
    }

    private final Format format;
    private final OutputStream out;

    AuditExport(Format format, OutputStream out) {
        this.format = format;
        this.out = out;
    }

    void begin() throws IOException {
        if (format == Format.CSV) {
            line(COLUMNS);
        }
    }

    void write(AuditRecord record) throws IOException {
        switch (format) {
            case JSON_LINES -> {
                out.write(record.bytes());
                out.write('\n');
            }
            case CSV ->
                line(COLUMNS.stream().map(column -> cell(record, column)).toList());
        }
    }

    private static String cell(AuditRecord record, String column) {
        if (column.equals("operator_name")) {
            return record.operator("name");
        }
        JsonNode value = record.json().path(column);
        return value.isMissingNode() ? "" : value.isContainer() ? value.toString() : value.asString("");
    }

    private void line(List<String> cells) throws IOException {
        out.write(Csv.line(cells));
    }
}
