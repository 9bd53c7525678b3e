package dev.secretproviders.app.cli;

import dev.secretproviders.app.cli.call.RunningRunner;
import dev.secretproviders.app.settings.ConfigurationSource;
import dev.secretproviders.app.settings.ControlSettings;
import dev.secretproviders.app.settings.CryptoSettings;
import dev.secretproviders.app.settings.Inspection;
import dev.secretproviders.app.settings.RunnerSettings;
import dev.secretproviders.app.settings.ServerSettings;
import dev.secretproviders.app.wiring.CommandSocket;
import dev.secretproviders.app.wiring.LocalUser;
import dev.secretproviders.crypto.KeyringException;
import dev.secretproviders.crypto.MasterKeyring;
import dev.secretproviders.settings.Problems;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.core.env.ConfigurableEnvironment;

/** Checks for {@code --check}: what a start or a later use would fail on at this machine. */
final class Check implements Inspection {
    /** The longest path that still fits with the suffix of the event stream's socket. */
    private static final int LONGEST_SOCKET_PATH = 96;

    private static final Pattern VARIABLE = Pattern.compile("(?i)\\$env://([^/?]+).*");

    private final boolean connect;
    private final Map<String, String> variables;

    /**
     * Creates a check.
     *
     * @param connect whether to try to reach the servers that the configuration names
     * @param variables the environment
     */
    Check(boolean connect, Map<String, String> variables) {
        this.connect = connect;
        this.variables = variables;
    }

    @Override
    public void look(
            ConfigurableEnvironment environment,
            RunnerSettings runner,
            ServerSettings server,
            ControlSettings control,
            Problems problems) {
        Map<String, String> fields = ConfigurationSource.resolved(environment);
        new SpringFields(environment, fields).check(problems);
        dataDirectory(runner.dataDirectory(), problems);
        // A running runner already has its port.
        boolean running = new RunningRunner(runner.dataDirectory()).present();
        Path socket = runner.socket();
        if (socket != null) {
            socket(socket, problems);
            owner(runner, problems);
        }
        InetAddress address = server.address();
        if (!running && address != null && server.port() > 0) {
            port(address, server.port(), problems);
        }
        keyring(control.crypto(), problems);
        consumersFile(fields, problems);
        variables(fields, problems);
        if (connect) {
            ConnectionCheck.check(fields, problems);
        }
    }

    private static void socket(Path socket, Problems problems) {
        Path directory = socket.toAbsolutePath().getParent();
        String field = "runner.socket.path";
        if (socket.toString().getBytes(StandardCharsets.UTF_8).length > LONGEST_SOCKET_PATH) {
            problems.add(
                    field,
                    "has more than " + LONGEST_SOCKET_PATH + " bytes, too many for a Unix socket and the socket of the"
                            + " event stream; choose a shorter directory, not '" + socket + "'");
        }
        if (directory == null || !Files.isDirectory(directory)) {
            problems.add(field, "there is no directory '" + directory + "': create it, for the runner's user");
        } else if (!Files.isWritable(directory) || !Files.isExecutable(directory)) {
            problems.add(field, "this user may not create files in '" + directory + "'");
        } else if (Files.isRegularFile(socket, LinkOption.NOFOLLOW_LINKS) || Files.isDirectory(socket)) {
            problems.add(field, "'" + socket + "' exists and is no socket: remove it, or choose another path");
        }
    }

    private static void owner(RunnerSettings runner, Problems problems) {
        UserPrincipalLookupService names = FileSystems.getDefault().getUserPrincipalLookupService();
        String owner = runner.owner();
        if (owner != null) {
            boolean known = known("runner.socket.owner", owner, names::lookupPrincipalByName, problems);
            long uid = LocalUser.uid();
            if (known
                    && uid != 0
                    && !owner.equals(Long.toString(uid))
                    && !owner.equals(System.getProperty("user.name"))) {
                problems.add(
                        "runner.socket.owner",
                        "only root can give the socket to '" + owner + "'; run as that user, or share a group with it"
                                + " and set runner.socket.group");
            }
        }
        String group = runner.group();
        if (group != null) {
            boolean _ = known("runner.socket.group", group, names::lookupPrincipalByGroupName, problems);
        }
    }

    private interface LookUp {
        Object find(String name) throws IOException;
    }

    private static boolean known(String field, String name, LookUp lookUp, Problems problems) {
        try {
            return lookUp.find(name) != null;
        } catch (UserPrincipalNotFoundException e) {
            problems.add(field, "'" + name + "' is not known on this machine: give its number");
        } catch (IOException e) {
            problems.add(field, "'" + name + "' cannot be looked up: " + e.getMessage());
        }
        return false;
    }

    private static void dataDirectory(Path directory, Problems problems) {
        String field = "runner.data-dir";
        if (!CommandSocket.fits(directory)) {
            problems.add(
                    field,
                    "the path '" + directory + "' is too long for the socket through which commands call the runner;"
                            + " choose a shorter one");
        }
        Path there = directory.toAbsolutePath();
        while (there.getParent() != null && !Files.exists(there)) {
            there = there.getParent();
        }
        if (!Files.isDirectory(there) || !Files.isWritable(there)) {
            problems.add(field, "this user may not create files in '" + there + "'");
        } else if (Files.exists(directory)) {
            try {
                if (Files.getPosixFilePermissions(directory).contains(PosixFilePermission.OTHERS_WRITE)) {
                    problems.add(field, "others may write to '" + directory + "': chmod 700 " + directory);
                }
            } catch (IOException | UnsupportedOperationException e) {
                problems.add(field, "the permissions of '" + directory + "' cannot be read");
            }
        }
    }

    private static void port(InetAddress address, int port, Problems problems) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(address, port));
        } catch (BindException e) {
            problems.add(
                    "server.port",
                    "port " + port + " on " + address.getHostAddress() + " cannot be used (" + e.getMessage()
                            + "); stop the process that uses it, or choose another port");
        } catch (IOException e) {
            problems.add("server.address", address.getHostAddress() + " is not an address of this machine");
        }
    }

    private static void keyring(CryptoSettings crypto, Problems problems) {
        if (!crypto.absent()) {
            try {
                MasterKeyring _ = crypto.keyring();
            } catch (KeyringException e) {
                problems.add("crypto.keyring", String.valueOf(e.getMessage()));
            }
        }
    }

    private static void consumersFile(Map<String, String> fields, Problems problems) {
        String field = "consumers.file.path";
        String file = fields.get(field);
        if ("file".equals(fields.get("consumers.source")) && file != null && !Files.isReadable(Path.of(file))) {
            problems.add(field, "there is no readable file '" + file + "'");
        }
    }

    private void variables(Map<String, String> fields, Problems problems) {
        fields.forEach((field, value) -> {
            Matcher reference = VARIABLE.matcher(value);
            if (reference.matches() && !variables.containsKey(reference.group(1)) && !problems.concern(field)) {
                problems.add(
                        field,
                        "refers to the environment variable " + reference.group(1)
                                + ", which is not set here: set it where the runner is started");
            }
        });
    }

    static @Nullable Path file(String value) {
        boolean elsewhere = value.isBlank()
                || value.contains("-----BEGIN")
                || value.startsWith("classpath:")
                || value.startsWith("base64:");
        return elsewhere ? null : Path.of(value.startsWith("file:") ? value.substring("file:".length()) : value);
    }
}
