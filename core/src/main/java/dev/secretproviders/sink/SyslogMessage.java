package dev.secretproviders.sink;

import dev.secretproviders.audit.AuditRecord;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes records as syslog messages (RFC 5424): facility 13 (log audit), severity notice or, for what failed, warning; MSGID is the
 * event code, the message is the record as JSON.
 *
 * @param host the host name of this machine, or {@code -}
 * @param processId of this process
 */
record SyslogMessage(String host, long processId) {
    private static final int LOG_AUDIT = 13;
    private static final int WARNING = 4;
    private static final int NOTICE = 5;
    private static final String APPLICATION = "secret-providers";
    private static final int LONGEST_HOST = 255;
    private static final int LONGEST_ID = 32;

    /** Returns the message for this process on this machine. */
    static SyslogMessage here(@Nullable String hostName) {
        return new SyslogMessage(
                printable(hostName == null ? "" : hostName, LONGEST_HOST),
                ProcessHandle.current().pid());
    }

    /**
     * Returns a record as a message.
     *
     * @param longest the maximum number of bytes; a longer record is sent without {@code before} and {@code after}
     */
    byte[] bytes(AuditRecord record, int longest) {
        String time = record.text("event_time");
        String header = String.format(
                Locale.ROOT,
                "<%d>1 %s %s %s %d %s - ",
                LOG_AUDIT * 8 + (record.success() ? NOTICE : WARNING),
                time.isEmpty() ? "-" : time,
                host,
                APPLICATION,
                processId,
                printable(record.code(), LONGEST_ID));
        byte[] start = header.getBytes(StandardCharsets.US_ASCII);
        byte[] body = record.bytes();
        if (start.length + body.length > longest && record.json() instanceof ObjectNode whole) {
            ObjectNode shorter = whole.deepCopy();
            shorter.remove("before");
            shorter.remove("after");
            shorter.put("shortened", true);
            body = JsonMapper.shared().writeValueAsBytes(shorter);
        }
        byte[] message = new byte[start.length + body.length];
        System.arraycopy(start, 0, message, 0, start.length);
        System.arraycopy(body, 0, message, start.length, body.length);
        return message;
    }

    private static String printable(String text, int longest) {
        String plain = text.replaceAll("[^!-~]", "");
        return plain.isEmpty() ? "-" : plain.substring(0, Math.min(plain.length(), longest));
    }
}
