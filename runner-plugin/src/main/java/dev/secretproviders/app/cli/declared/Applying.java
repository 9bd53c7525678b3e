package dev.secretproviders.app.cli.declared;

import dev.secretproviders.app.cli.call.AdminConnection.Reply;
import dev.secretproviders.app.cli.output.ExitCode;
import dev.secretproviders.app.cli.output.Output;
import dev.secretproviders.app.control.CannotStartException;
import dev.secretproviders.provider.shared.Causes;
import dev.secretproviders.store.PrivateFiles;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes the changes of a plan, one after the other, and stops at the first that fails. */
final class Applying {
    private final PrintWriter out;
    private final PrintWriter err;
    private final @Nullable Path tokens;

    /**
     * Prepares.
     *
     * @param tokens the directory for the texts of new tokens, or null if the plan creates none
     */
    Applying(PrintWriter out, PrintWriter err, @Nullable Path tokens) {
        this.out = out;
        this.err = err;
        this.tokens = tokens;
    }

    /** Returns the exit code. */
    int apply(Plan plan) {
        List<Change> changes = plan.changes();
        for (int i = 0; i < changes.size(); i++) {
            Change change = changes.get(i);
            List<String> failure = write(change);
            if (!failure.isEmpty()) {
                err.println("failed: " + String.join(System.lineSeparator(), failure));
                List<Change> left = changes.subList(i + 1, changes.size());
                left.forEach(rest -> err.println("not tried: " + Output.plain(rest.toString())));
                err.println(i + " of " + changes.size() + " changes were made. Mend it, and apply the file again.");
                err.flush();
                return ExitCode.FAILED;
            }
            out.println(Output.plain(change.verb().past() + " " + change.object()));
            out.flush();
        }
        return ExitCode.DONE;
    }

    /** Makes a change. Returns why it failed; nothing if it was made. */
    private List<String> write(Change change) {
        try {
            Path file = change.kind() instanceof TokenKind && change.verb() == Verb.CREATE ? file(change.name()) : null;
            Reply reply = reply(change);
            if (!reply.done()) {
                return Refusal.lines(change, reply);
            }
            return file == null ? List.of() : keep(file, change, reply);
        } catch (CannotStartException e) {
            return List.of(change + ": " + e.getMessage());
        }
    }

    private static Reply reply(Change change) throws CannotStartException {
        try {
            return change.kind().write(change);
        } catch (CannotStartException e) {
            if (change.kind() instanceof TokenKind && change.verb() == Verb.CREATE) {
                throw new CannotStartException(
                        e.getMessage() + ". The token may exist all the same, and its text is lost. Look for it with"
                                + " diff, and delete it before you apply the file again",
                        e);
            }
            throw e;
        }
    }

    /** Returns the file for the text of a new token. */
    private Path file(String name) throws CannotStartException {
        if (tokens == null) {
            throw new CannotStartException("there is no directory for the text of the token", null);
        }
        Path file = tokens.resolve(name.replaceAll("[^A-Za-z0-9._-]", "_").replaceFirst("^\\.", "_"));
        try {
            PrivateFiles.createDirectories(tokens);
        } catch (IOException e) {
            throw new CannotStartException("the directory '" + tokens + "' cannot be made: " + Causes.words(e), e);
        }
        if (Files.exists(file)) {
            throw new CannotStartException("there is already a file '" + file + "'; move it away", null);
        }
        return file;
    }

    private List<String> keep(Path file, Change change, Reply reply) {
        String text = reply.body().path("value").path("token").asString("");
        try {
            PrivateFiles.create(file, text.getBytes(StandardCharsets.UTF_8));
            return List.of();
        } catch (IOException e) {
            return List.of(change + ": the token is there, but its text could not be written to '" + file + "': "
                    + Causes.words(e) + ". Delete the token, and apply the file again");
        }
    }
}
