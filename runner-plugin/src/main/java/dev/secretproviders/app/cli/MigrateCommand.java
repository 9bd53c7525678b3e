package dev.secretproviders.app.cli;

import dev.secretproviders.apisix.AdminApiException;
import dev.secretproviders.app.cli.MigrateTarget.WrongOptionException;
import dev.secretproviders.app.cli.call.RunningRunner;
import dev.secretproviders.app.cli.output.Output;
import dev.secretproviders.app.control.CannotStartException;
import dev.secretproviders.app.settings.Configuration;
import dev.secretproviders.app.wiring.Startup;
import dev.secretproviders.consumer.CredentialKind;
import dev.secretproviders.migrate.GatewayConsumers;
import dev.secretproviders.migrate.Journal;
import dev.secretproviders.migrate.JournalException;
import dev.secretproviders.migrate.Migration;
import dev.secretproviders.migrate.Migration.Selection;
import dev.secretproviders.migrate.Move;
import dev.secretproviders.migrate.SecretValues;
import dev.secretproviders.migrate.Target;
import dev.secretproviders.resolve.Resolver;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Moves keys from APISIX's consumers into a secret manager. */
@Command(
        name = "migrate",
        mixinStandardHelpOptions = true,
        description =
                "Move keys from APISIX's consumers into a secret manager, and put references in their place. Without"
                        + " --apply it only shows what it would do.")
final class MigrateCommand implements Callable<Integer> {
    private static final List<String> COLUMNS = List.of("object", "field", "reference", "state", "note");

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @ArgGroup(exclusive = false, multiplicity = "1", heading = "Where the keys go:%n")
    private MigrateTarget to = new MigrateTarget();

    @ArgGroup(exclusive = false, heading = "Where the keys are; default: the Admin API of the configuration:%n")
    private MigrateGateway from = new MigrateGateway();

    @Option(names = "--apply", description = "do it")
    private boolean apply;

    @Option(names = "--undo", description = "put the keys back that earlier runs moved; with --apply: do it")
    private boolean undo;

    @Option(
            names = "--consumer",
            paramLabel = "PATTERN",
            description = "only these consumers, for example jack or 'shop_*'; may be repeated")
    private List<String> consumers = new ArrayList<>();

    @Option(
            names = "--kind",
            paramLabel = "PLUGIN",
            description = "only this kind: key-auth, basic-auth, jwt-auth or hmac-auth; may be repeated")
    private List<String> kinds = new ArrayList<>();

    @Option(
            names = "--accept-native",
            description = "go on although routes use APISIX's own plugins, which resolve references without the runner")
    private boolean acceptNative;

    @Option(
            names = "--accept-owner",
            description = "go on although the Ingress Controller or ADC writes other objects of this gateway")
    private boolean acceptOwner;

    @Option(
            names = "--journal",
            paramLabel = "FILE",
            description = "what was moved, for --undo; it holds no key. Default: a file in runner.data-dir")
    @Nullable
    private Path journalFile;

    @Option(
            names = {"-o", "--output"},
            defaultValue = "table",
            description = "table, json or yaml (${DEFAULT-VALUE})")
    private Output output = Output.TABLE;

    @Override
    public Integer call() throws Exception {
        Main main = (Main) spec.root().userObject();
        Selection selection = new Selection(kinds(), MigrateTarget.matching(consumers));
        return new Startup(main.source()).withConfiguration(false, configuration -> {
            try {
                return call(configuration, selection);
            } catch (WrongOptionException e) {
                throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
            } catch (AdminApiException | JournalException e) {
                throw new CannotStartException(String.valueOf(e.getMessage()), e);
            } catch (IOException e) {
                throw new CannotStartException(
                        "the journal cannot be used: " + e.getClass().getSimpleName() + " " + e.getMessage()
                                + "; name another file with --journal",
                        e);
            }
        });
    }

    private int call(Configuration configuration, Selection selection)
            throws CannotStartException, WrongOptionException, AdminApiException, JournalException, IOException,
                    InterruptedException {
        try (MigrateGateway.Connected connected = from.connect(configuration);
                Resolver resolver = Resolver.start(configuration.providers().all(), configuration.digester());
                MigrateTarget.Opened opened = to.open(configuration, resolver, undo);
                Journal journal = journal(configuration, opened.target(), connected)) {
            GatewayConsumers gateway = new GatewayConsumers(connected.client());
            SecretValues values = new SecretValues(resolver, opened.target().provider());
            Migration migration = new Migration(gateway, opened.target(), values, journal, resolves(configuration));
            return undo ? undone(migration, selection) : moved(migration, gateway, selection);
        }
    }

    private Journal journal(Configuration configuration, Target target, MigrateGateway.Connected connected)
            throws IOException, JournalException {
        var id = target.provider().provider().id();
        Path file = journalFile == null
                ? configuration
                        .control()
                        .dataDirectory()
                        .resolve("migration-" + id.manager() + "-" + id.id() + ".jsonl")
                : journalFile;
        return apply
                ? Journal.open(file, connected.client().base(), id)
                : Journal.read(file, connected.client().base(), id);
    }

    /** Returns what asks the runner of this data directory. If none runs, says so. */
    private Migration.Resolves resolves(Configuration configuration) throws CannotStartException {
        Path data = configuration.control().dataDirectory();
        RunningRunner runner = new RunningRunner(data);
        // Keys go back without a runner.
        if (undo || !runner.listens()) {
            if (!undo) {
                warn("warning: no runner is asked whether it resolves the references, because none runs with the data"
                        + " directory " + data + "; runner.data-dir of the configuration names it.");
            }
            return (_, _) -> null;
        }
        return (reference, use) -> {
            try {
                JsonNode answer = runner.keep(reference, use);
                return answer.has("version")
                        ? null
                        : answer.path("problem").asString(answer.path("state").asString());
            } catch (CannotStartException e) {
                return e.getMessage();
            }
        };
    }

    private int moved(Migration migration, GatewayConsumers gateway, Selection selection)
            throws AdminApiException, CannotStartException, IOException, InterruptedException {
        Migration.Found found = migration.find(selection);
        Set<CredentialKind> literal = found.kinds();
        String owner = literal.isEmpty() ? null : gateway.owner();
        if (owner != null) {
            if (apply && !acceptOwner) {
                throw new CannotStartException(
                        owner + ", and would write the keys again. Write the references where it reads the consumers:"
                                + " into the resources or the file. Or accept it with --accept-owner if it writes no"
                                + " consumers here",
                        null);
            }
            warn("warning: " + owner + ". It writes the keys of its own consumers again.");
        }
        List<String> users = literal.isEmpty() ? List.of() : gateway.nativeUsers(literal);
        if (!users.isEmpty()) {
            String warning = "APISIX's own plugins authenticate here, and resolve references without the runner: "
                    + String.join(", ", users.stream().limit(10).toList())
                    + (users.size() > 10 ? " and " + (users.size() - 10) + " more" : "")
                    + ". Let the runner authenticate there first";
            if (apply && !acceptNative) {
                throw new CannotStartException(
                        warning + ", or accept it with --accept-native if APISIX resolves them, too", null);
            }
            warn("warning: " + warning + ".");
        }
        return apply ? shown(moves -> migration.apply(found, moves)) : shown(moves -> migration.plan(found, moves));
    }

    private int undone(Migration migration, Selection selection)
            throws AdminApiException, IOException, InterruptedException {
        return apply
                ? shown(moves -> migration.undo(selection, moves))
                : shown(moves -> migration.planUndo(selection, moves));
    }

    /** What produces moves. */
    @FunctionalInterface
    private interface Work {
        void into(Consumer<Move> moves) throws AdminApiException, IOException, InterruptedException;
    }

    /** Does the work and prints the moves, even those before a failure. */
    private int shown(Work work) throws AdminApiException, IOException, InterruptedException {
        List<Move> moves = new ArrayList<>();
        MigrateProgress progress = new MigrateProgress(spec.commandLine().getErr());
        try {
            work.into(move -> {
                moves.add(move);
                progress.step(moves.size());
            });
        } finally {
            print(moves);
        }
        return moves.stream().anyMatch(move -> move.state().isProblem()) ? Main.FAILED : 0;
    }

    private void print(List<Move> moves) {
        ArrayNode list = JsonMapper.shared().createArrayNode();
        for (Move move : moves) {
            ObjectNode node = list.addObject();
            node.put("object", move.object());
            node.put("field", move.field());
            node.put("reference", move.reference());
            node.put("state", move.state().toString());
            node.put("note", move.note());
        }
        if (output != Output.TABLE) {
            output.print(spec.commandLine().getOut(), list, List.of());
            return;
        }
        if (!moves.isEmpty()) {
            output.print(spec.commandLine().getOut(), list, COLUMNS);
        }
        spec.commandLine().getOut().println(MigrateProgress.summary(moves, apply, undo));
        spec.commandLine().getOut().flush();
    }

    private void warn(String line) {
        spec.commandLine().getErr().println(line);
        spec.commandLine().getErr().flush();
    }

    private Set<CredentialKind> kinds() {
        Set<CredentialKind> wanted = EnumSet.noneOf(CredentialKind.class);
        for (String name : kinds) {
            wanted.add(MigrateTarget.kind(name.toLowerCase(Locale.ROOT), spec.commandLine()));
        }
        return wanted.isEmpty() ? EnumSet.allOf(CredentialKind.class) : wanted;
    }
}
