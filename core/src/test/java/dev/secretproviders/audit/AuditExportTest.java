package dev.secretproviders.audit;

import static dev.secretproviders.audit.AuditFixture.JANE;
import static dev.secretproviders.audit.AuditFixture.event;
import static dev.secretproviders.audit.AuditFixture.text;
import static dev.secretproviders.audit.AuditFixture.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.audit.AuditExport.Format;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

class AuditExportTest extends WithAuditLog {
    private static final String HEADER = "id,event_time,event_type,success,operator_id,operator_name,source,ip_address,"
            + "resource_id,request_id,error_message,message,before,after,damaged,prev,hmac";

    @Test
    void jsonLinesAreTheRecordsAsTheyAreStored() throws Exception {
        fixture.record(2);

        assertThat(export(AuditQuery.all(), Format.JSON_LINES))
                .isEqualTo(text(fixture.storedRecord(2)) + "\n" + text(fixture.storedRecord(1)) + "\n");
    }

    @Test
    void everythingThatMatchesIsWrittenWhateverTheLimit() throws Exception {
        int records = 1_200;
        for (int i = 0; i < records; i++) {
            fixture.log.recordSoon(event(i % 2 == 0 ? "even" : "odd"));
        }
        await().atMost(Duration.ofSeconds(30)).until(() -> fixture.store.get(AuditRecord.key(records)) != null);

        assertThat(export(AuditQuery.all().limitedTo(1), Format.JSON_LINES).lines())
                .hasSize(records);
        assertThat(export(AuditQuery.all().limitedTo(1).about("odd"), Format.JSON_LINES)
                        .lines())
                .hasSize(records / 2)
                .allMatch(line -> line.contains("\"resource_id\":\"odd\""));
    }

    @Test
    void csvHasAHeaderAndALineForEachRecord() throws Exception {
        fixture.log.record(
                AuditEvent.failed(EventCode.TOKEN_CREATE, JANE, "token/x", "no").in("r1"));
        AuditRecord record = fixture.records().getFirst();

        assertThat(export(AuditQuery.all(), Format.CSV))
                .isEqualTo(HEADER + "\r\n"
                        + "1,2026-03-01T12:00:00.000Z,token.create.failed,false,t1,jane,api,192.0.2.7,token/x,r1,no,,,,,"
                        + "0".repeat(64) + "," + record.hmac() + "\r\n");
    }

    @Test
    void csvOfNothingIsItsHeader() throws Exception {
        assertThat(export(AuditQuery.all(), Format.CSV)).isEqualTo(HEADER + "\r\n");
        assertThat(export(AuditQuery.all(), Format.JSON_LINES)).isEmpty();
    }

    @Test
    void csvQuotesWhatWouldBreakALine() throws Exception {
        fixture.log.record(event("a,\"b\"")
                .changing(
                        null,
                        JsonMapper.shared().readTree("{\"desc\":\"one\\ntwo, \\\"three\\\"\",\"labels\":[\"x\"]}")));

        List<String> cells = lastLine();

        assertThat(cells.get(8)).isEqualTo("a,\"b\"");
        assertThat(cells.get(13)).isEqualTo("{\"desc\":\"one\\ntwo, \\\"three\\\"\",\"labels\":[\"x\"]}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "=HYPERLINK(\"http://a\",\"b\")"})
    void spreadsheetTakesNoTextForAFormula(String text) throws Exception {
        fixture.log.record(AuditEvent.failed(EventCode.LOGIN, new Actor(text, text, "api", text), text, text)
                .in(text)
                .changing(JsonNodeFactory.instance.stringNode(text), null));

        List<String> cells = lastLine();

        assertThat(List.of(
                        cells.get(4),
                        cells.get(5),
                        cells.get(7),
                        cells.get(8),
                        cells.get(9),
                        cells.get(10),
                        cells.get(12)))
                .allMatch(cell -> cell.equals("'" + text));
    }

    @Test
    void textThatBeginsWithALineEndIsNoFormulaEither() throws Exception {
        for (String text : List.of("\n=1", "\r=1", "\t=1")) {
            fixture.log.record(event("p").changing(JsonNodeFactory.instance.stringNode(text), null));

            assertThat(csv().get(1).get(12)).isEqualTo("'" + text);
        }
    }

    @Test
    void damagedRecordIsWrittenAsSuch() throws Exception {
        fixture.record(1);
        fixture.put(1L, utf8("=rubbish"));

        assertThat(export(AuditQuery.all(), Format.JSON_LINES))
                .isEqualTo("{\"id\":1,\"damaged\":true,\"error_message\":"
                        + "\"this record was changed by something other than the runner\"}\n");
        assertThat(lastLine())
                .containsExactly(
                        "1",
                        "",
                        "",
                        "",
                        "",
                        "",
                        "",
                        "",
                        "",
                        "",
                        "this record was changed by something other than the runner",
                        "",
                        "",
                        "",
                        "true",
                        "",
                        "");
    }

    @Test
    void streamThatFailsEndsTheExport() throws Exception {
        fixture.record(1);
        OutputStream broken = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("the client has gone");
            }
        };

        assertThatThrownBy(() -> fixture.log.export(AuditQuery.all(), Format.CSV, broken))
                .isInstanceOf(IOException.class)
                .hasMessage("the client has gone");
    }

    private String export(AuditQuery query, Format format) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        fixture.log.export(query, format, out);
        return text(out.toByteArray());
    }

    private List<String> lastLine() throws Exception {
        List<List<String>> lines = csv();
        assertThat(lines).hasSize(2);
        return lines.getLast();
    }

    private List<List<String>> csv() throws Exception {
        return parsed(export(AuditQuery.all(), Format.CSV));
    }

    /** Reads CSV as RFC 4180 says; every line has as many cells as the header. */
    private static List<List<String>> parsed(String csv) {
        List<List<String>> lines = new ArrayList<>();
        List<String> line = new ArrayList<>();
        StringBuilder cell = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < csv.length(); i++) {
            char each = csv.charAt(i);
            if (quoted && each == '"' && i + 1 < csv.length() && csv.charAt(i + 1) == '"') {
                cell.append('"');
                i++;
            } else if (each == '"') {
                assertThat(quoted || cell.isEmpty())
                        .as("a quote in the middle of a cell")
                        .isTrue();
                quoted = !quoted;
            } else if (!quoted && (each == ',' || each == '\r')) {
                line.add(cell.toString());
                cell.setLength(0);
                if (each == '\r') {
                    assertThat(csv.charAt(++i)).isEqualTo('\n');
                    lines.add(line);
                    line = new ArrayList<>();
                }
            } else {
                cell.append(each);
            }
        }
        assertThat(quoted).isFalse();
        assertThat(lines).allMatch(each -> each.size() == 17);
        return lines;
    }
}
