package dev.secretproviders.app.cli;

import dev.secretproviders.app.cli.call.RunningRunner;
import dev.secretproviders.app.control.CannotStartException;
import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.AuditExport;
import dev.secretproviders.audit.AuditQuery;
import dev.secretproviders.audit.EventCode;
import dev.secretproviders.audit.Verification;
import dev.secretproviders.audit.Verification.Broken;
import dev.secretproviders.audit.Verification.Intact;
import dev.secretproviders.store.StoreException;
import java.io.IOException;
import java.io.PrintStream;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** The command {@code audit}, which verifies or exports the audit log. */
@Command(
        name = "audit",
        mixinStandardHelpOptions = true,
        description = "Verify or export the audit log.",
        subcommands = {AuditCommand.Verify.class, AuditCommand.Export.class})
final class AuditCommand {

    /** Prints the progress to standard error once a second. */
    private static final class Progress implements LongConsumer {
        private long next = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);

        @Override
        public void accept(long looked) {
            if (System.nanoTime() - next >= 0) {
                System.err.println(looked + " records verified so far");
                next += TimeUnit.SECONDS.toNanos(1);
            }
        }
    }

    /** Verifies every record. */
    @Command(
            name = "verify",
            mixinStandardHelpOptions = true,
            description =
                    "Look for records that were changed, removed, inserted or moved. Exit code 1 if there are any.")
    static final class Verify extends StoreCommand {
        @Override
        int alone(Opened opened) throws StoreException {
            Verification verification = opened.audit().verify(new Progress());
            switch (verification) {
                case Intact(long count, long first, long last) -> intact(count, first, last);
                case Broken broken ->
                    broken.defects().forEach(defect -> print("record " + defect.sequence() + ": " + defect.what()));
            }
            return verification instanceof Intact ? 0 : Main.FAILED;
        }

        @Override
        int through(RunningRunner runner) throws CannotStartException {
            JsonNode node = asked(runner);
            if (node.path("intact").asBoolean()) {
                if (!node.has("records") || !node.has("first") || !node.has("last")) {
                    throw runner.unexpected("GET", "/admin/audit/verify");
                }
                intact(
                        node.path("records").asLong(),
                        node.path("first").asLong(),
                        node.path("last").asLong());
                return 0;
            }
            node.path("findings")
                    .forEach(defect -> print("record " + defect.path("sequence").asLong() + ": "
                            + defect.path("what").asString()));
            return Main.FAILED;
        }

        /** Asks the runner to verify its log. The runner answers at the end, so this prints the elapsed time. */
        private static JsonNode asked(RunningRunner runner) throws CannotStartException {
            long began = System.nanoTime();
            Runnable progress = () -> System.err.printf(
                    "the runner verifies its log, %d s so far%n",
                    TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began));
            ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("progress").factory());
            try {
                var _ = timer.scheduleAtFixedRate(progress, 1, 1, TimeUnit.SECONDS);
                return runner.ask("GET", "/admin/audit/verify", null, "intact");
            } finally {
                timer.shutdownNow();
            }
        }

        private void intact(long count, long first, long last) {
            print("The audit log is intact: %d records, from %d to %d.".formatted(count, first, last));
        }
    }

    /** Writes all records. */
    @Command(
            name = "export",
            mixinStandardHelpOptions = true,
            description = "Write all records, newest first, to the standard output.")
    static final class Export extends StoreCommand {
        @Option(names = "--format", description = "jsonl or csv (${DEFAULT-VALUE})", defaultValue = "JSONL")
        private Format format = Format.JSONL;

        /** The format of an export. */
        enum Format {
            JSONL(AuditExport.Format.JSON_LINES, "application/x-ndjson"),
            CSV(AuditExport.Format.CSV, "text/csv");

            private final AuditExport.Format form;
            private final String type;

            Format(AuditExport.Format form, String type) {
                this.form = form;
                this.type = type;
            }
        }

        @Override
        int alone(Opened opened) throws StoreException, IOException {
            opened.audit().record(AuditEvent.done(EventCode.AUDIT_EXPORT, actor(), "audit"));
            PrintStream out = System.out;
            opened.audit().export(AuditQuery.all(), format.form, out);
            out.flush();
            return 0;
        }

        @Override
        int through(RunningRunner runner) throws CannotStartException {
            runner.call(
                    "GET",
                    "/admin/audit/export?format=" + format.name().toLowerCase(Locale.ROOT),
                    format.type,
                    System.out);
            return 0;
        }
    }
}
