package dev.secretproviders.admin.token;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.admin.AdminFixture;
import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.AuditQuery;
import dev.secretproviders.audit.TestAudit;
import dev.secretproviders.crypto.Sealer;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.embedded.EmbeddedStore;
import dev.secretproviders.store.protection.SealedStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The audit log counts all wrong tokens in few records, however many there are and from however many addresses. */
class WrongTokensTest {
    private static final Pattern NUMBER = Pattern.compile("^(\\d+) ");

    private final List<AuditEvent> records = new ArrayList<>();
    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 1);

    @Test
    void firstIsRecordedAtOnceAndFurtherOnesOnceAMinuteWithTheirNumber() {
        try (WrongTokens wrong = new WrongTokens("api", records::add, now::get)) {
            wrong.add("192.0.2.1");
            assertThat(records).hasSize(1);
            assertThat(records.getFirst().actor().address()).isEqualTo("192.0.2.1");

            for (int i = 0; i < 1_000; i++) {
                wrong.add("192.0.2.1");
            }
            pass(wrong, 59);
            assertThat(records).hasSize(1);
            pass(wrong, 1);
            assertThat(records).hasSize(2);
            assertThat(records.getLast().message()).isEqualTo("1000 more wrong tokens from there in 60 s");

            pass(wrong, 60);
            wrong.add("192.0.2.1");
            assertThat(records.getLast().message()).startsWith("a token");
            assertThat(records).hasSize(3);
        }
        assertThat(records).hasSize(3);
    }

    @Test
    void recordsAreFewHoweverManyAddressesTakePartAndNoneIsLost() {
        int minutes = 5;
        int wrongTokens = 0;
        try (WrongTokens wrong = new WrongTokens("api", records::add, now::get)) {
            for (int second = 0; second < minutes * 60; second++) {
                for (int i = 0; i < 100; i++) {
                    wrong.add("2001:db8::" + Integer.toHexString(wrongTokens++));
                }
                pass(wrong, 1);
            }
        }
        assertThat(records.size()).isLessThanOrEqualTo((minutes + 1) * (2 * WrongTokens.MOST_ADDRESSES + 1));
        assertThat(told()).isEqualTo(wrongTokens);
    }

    @Test
    void whatWasCountedIsRecordedAtAStop() {
        try (WrongTokens wrong = new WrongTokens("api", records::add, now::get)) {
            for (int i = 0; i < 10; i++) {
                wrong.add("192.0.2.1");
            }
            for (int i = 0; i < 3 * WrongTokens.MOST_ADDRESSES; i++) {
                wrong.add("2001:db8::" + i);
            }
        }
        assertThat(told()).isEqualTo(10 + 3 * WrongTokens.MOST_ADDRESSES);
    }

    @Test
    void floodThroughTheAdminApiIsInTheLogAfterAStop(@TempDir Path directory) throws Exception {
        var keyring = AdminFixture.keyring();
        Path file = directory.resolve("store.mv.db");
        int floods = 200;
        try (AdminFixture admin =
                new AdminFixture(directory, EmbeddedStore.open(file, Duration.ofSeconds(5)), keyring)) {
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < floods; i++) {
                threads.add(Thread.ofVirtual().start(() -> {
                    int status = admin.call("sp_0123456789ab_wrong", "GET", "/admin/whoami", null)
                            .status();
                    assertThat(status).isIn(401, 429);
                }));
            }
            for (Thread thread : threads) {
                thread.join();
            }
        }
        try (Store raw = EmbeddedStore.open(file, Duration.ofSeconds(5));
                AuditLog audit = TestAudit.open(new SealedStore(raw, new Sealer(keyring), Set.of("audit/", "meta/")))) {
            List<String> messages = audit.query(AuditQuery.all().doing("login.failed")).records().stream()
                    .map(record -> record.json().path("error_message").asString())
                    .toList();
            assertThat(messages).hasSizeBetween(2, 4);
            assertThat(messages.stream().mapToLong(WrongTokensTest::number).sum())
                    .isEqualTo(floods);
        }
    }

    private long told() {
        return records.stream()
                .mapToLong(event -> number(String.valueOf(event.message())))
                .sum();
    }

    private static long number(String message) {
        Matcher matcher = NUMBER.matcher(message);
        return matcher.find() ? Long.parseLong(matcher.group(1)) : 1;
    }

    private void pass(WrongTokens wrong, int seconds) {
        now.addAndGet(Duration.ofSeconds(seconds).toNanos());
        wrong.tick();
    }
}
