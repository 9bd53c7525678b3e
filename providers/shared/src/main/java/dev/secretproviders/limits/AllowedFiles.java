package dev.secretproviders.limits;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import dev.secretproviders.settings.Settings;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The files that a provider may read. Objects in the configuration file may name any file. Objects written over the
 * Admin API may name files below the directories of {@code providers.files.allow}. Immutable; each call looks at the
 * file system.
 */
public final class AllowedFiles {
    /** Every file. */
    public static final AllowedFiles ANY = new AllowedFiles(null, List.of(), false);

    private static final String SECTION = "files";
    private static final String FIELD = "allow";

    /** The directories where Kubernetes and Docker mount secrets, including tokens of service accounts. */
    private static final List<Path> USUAL_MOUNTS = List.of(Path.of("/var/run/secrets"), Path.of("/run/secrets"));

    /** The directories of the tokens that identify this pod to Kubernetes, AWS, Azure and Google. */
    private static final List<Path> TOKENS = List.of(
            Path.of("/var/run/secrets/kubernetes.io"),
            Path.of("/var/run/secrets/eks.amazonaws.com"),
            Path.of("/var/run/secrets/pods.eks.amazonaws.com"),
            Path.of("/var/run/secrets/azure"),
            Path.of("/var/run/secrets/tokens"));

    /** The variables that name a file with the credential of this machine or pod. */
    private static final List<String> VARIABLES = List.of(
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
            "AWS_SHARED_CREDENTIALS_FILE",
            "AWS_WEB_IDENTITY_TOKEN_FILE",
            "AZURE_CLIENT_CERTIFICATE_PATH",
            "AZURE_FEDERATED_TOKEN_FILE",
            "GOOGLE_APPLICATION_CREDENTIALS");

    private static final List<Path> IDENTITIES = identities(System.getenv());

    /** Stands for a path that cannot be inspected; it is in no directory that may be read. */
    private static final Path UNREADABLE = Path.of("/proc/unreadable");

    /** The most links that are followed. */
    private static final int DEEPEST = 20;

    /** The depth of the runner's own files in its data directory. */
    private static final int OWN_DEPTH = 4;

    private static final List<Path> SYSTEM = List.of(Path.of("/proc"), Path.of("/sys"), Path.of("/dev"));

    private final @Nullable List<Path> allowed;
    private final List<Path> never;
    private final boolean identities;

    private AllowedFiles(@Nullable List<Path> allowed, List<Path> never, boolean identities) {
        this.allowed = allowed == null ? null : List.copyOf(allowed);
        this.never = List.copyOf(never);
        this.identities = identities;
    }

    /**
     * Reads {@code files.allow} in the section {@code providers}.
     *
     * @param own the runner's own files and directories, which no provider may read: its data directory and keyring
     */
    public static AllowedFiles read(Settings providers, Set<Path> own) {
        Settings section = providers.section(SECTION);
        List<Path> never = new ArrayList<>(SYSTEM);
        own.forEach(path -> never.add(path.toAbsolutePath().normalize()));
        List<Path> allowed = new ArrayList<>();
        for (String text : section.texts(FIELD)) {
            Path directory = path(text);
            if (directory == null || !directory.isAbsolute()) {
                section.problem(FIELD, "'" + text + "' is not the absolute path of a directory");
            } else if (never.stream().anyMatch(forbidden -> real(directory).startsWith(real(forbidden)))) {
                section.problem(
                        FIELD,
                        "'" + text
                                + "' lies in /proc, /sys, /dev or the runner's own data, which no provider may read; take it out");
            } else {
                allowed.add(directory);
            }
        }
        return new AllowedFiles(section.present(FIELD) ? allowed : USUAL_MOUNTS, never, true);
    }

    /** Returns the files and directories with credentials of this machine or pod. */
    static List<Path> identities(Map<String, String> environment) {
        List<Path> identities = new ArrayList<>(TOKENS);
        for (String variable : VARIABLES) {
            String named = environment.getOrDefault(variable, "");
            Path file = named.isBlank() ? null : path(named);
            if (file != null) {
                identities.add(file.toAbsolutePath());
            }
        }
        return List.copyOf(identities);
    }

    /** Returns whether some files may not be read. */
    public boolean restricted() {
        return allowed != null;
    }

    /** Returns these limits without the tokens that identify this pod. */
    public AllowedFiles withoutIdentities() {
        return allowed == null ? this : new AllowedFiles(allowed, never, false);
    }

    /** Returns why a file or directory may not be read, or null if it may be read. */
    public @Nullable String refusal(Path file) {
        return refusal(file, real(file));
    }

    private @Nullable String refusal(Path file, Path real) {
        if (allowed == null) {
            return null;
        }
        // The name is checked before links are followed: the target of a link in /proc shows what the process has open.
        if (never.stream().anyMatch(file.toAbsolutePath().normalize()::startsWith) || below(never, real) != null) {
            return "'" + file + "' is one of the runner's own files, or lies in the runner's own data, /proc, /sys or"
                    + " /dev, which no provider may read";
        }
        if (isAliasOfOwnFile(real)) {
            return "'" + file
                    + "' is another name (hard link) of one of the runner's own files, which no provider may read";
        }
        if (below(IDENTITIES, real) != null && !(identities && isIdentity(file))) {
            return "'" + file
                    + "' leads to the credential of the runner's machine or pod; only a field that names it by its own path"
                    + " may use it";
        }
        if (below(allowed, real) == null) {
            // Link targets are named only inside the directories. Elsewhere the message would show which files exist.
            boolean tells =
                    allowed.stream().anyMatch(file.toAbsolutePath().normalize()::startsWith) && !real.equals(file);
            return "'" + file + "' " + (tells ? "(" + real + ") " : "")
                    + "is not in a directory of providers.files.allow ("
                    + String.join(", ", allowed.stream().map(Path::toString).toList())
                    + "); put the file there, add its directory, or write the provider into the configuration file";
        }
        return null;
    }

    /**
     * Returns whether a path openly names the token of this pod's service account. A link to it does not, and is
     * refused: it could lead elsewhere while the object is written.
     */
    public static boolean isIdentity(Path file) {
        Path named = file.toAbsolutePath().normalize();
        return IDENTITIES.stream()
                .anyMatch(place -> named.startsWith(place)
                        || (place.startsWith("/var/run")
                                && named.startsWith(Path.of("/run")
                                        .resolve(Path.of("/var/run").relativize(place)))));
    }

    /**
     * Opens a file for reading, if it may be read now. If a link is changed between the check and the open, the open
     * fails: only the checked file is opened.
     *
     * @throws RefusedFileException if it may not be read
     */
    public InputStream open(Path file) throws IOException {
        if (allowed == null) {
            return Files.newInputStream(file);
        }
        Path real = real(file);
        String refusal = refusal(file, real);
        Path root = below(allowed, real);
        if (refusal != null || root == null) {
            throw new RefusedFileException(file.toString(), String.valueOf(refusal));
        }
        if (real.equals(root)) {
            throw new NoSuchFileException(file.toString());
        }
        try (DirectoryStream<Path> opened = Files.newDirectoryStream(root)) {
            if (opened instanceof SecureDirectoryStream<Path> directory) {
                return open(directory, root.relativize(real));
            }
        }
        return Files.newInputStream(real, NOFOLLOW_LINKS);
    }

    private static InputStream open(SecureDirectoryStream<Path> directory, Path path) throws IOException {
        Path first = path.getName(0);
        if (path.getNameCount() == 1) {
            // A pipe would block its reader until its writer closes it.
            if (!directory
                    .getFileAttributeView(first, BasicFileAttributeView.class, NOFOLLOW_LINKS)
                    .readAttributes()
                    .isRegularFile()) {
                throw new RefusedFileException(first.toString(), "'" + first + "' is not a regular file");
            }
            return Channels.newInputStream(
                    directory.newByteChannel(first, Set.of(StandardOpenOption.READ, NOFOLLOW_LINKS)));
        }
        try (SecureDirectoryStream<Path> next = directory.newDirectoryStream(first, NOFOLLOW_LINKS)) {
            return open(next, path.subpath(1, path.getNameCount()));
        }
    }

    /** Returns whether a hard link leads to one of the runner's own files; true if that cannot be determined. */
    private boolean isAliasOfOwnFile(Path real) {
        try {
            Map<String, Object> found = Files.readAttributes(real, "unix:nlink,isRegularFile,fileKey", NOFOLLOW_LINKS);
            if (Boolean.FALSE.equals(found.get("isRegularFile"))
                    || Integer.valueOf(1).equals(found.get("nlink"))) {
                return false;
            }
            for (Path own : never) {
                if (!SYSTEM.contains(own) && holds(own, Objects.requireNonNull(found.get("fileKey")))) {
                    return true;
                }
            }
            return false;
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException | UncheckedIOException e) {
            return true;
        }
    }

    private static boolean holds(Path place, Object key) throws IOException {
        if (Files.notExists(place)) {
            return false;
        }
        try (Stream<Path> files =
                Files.find(place.toRealPath(), OWN_DEPTH, (_, attributes) -> key.equals(attributes.fileKey()))) {
            return files.findAny().isPresent();
        }
    }

    /** Returns the first of the directories that contains {@code real}, by its real path; null if there is none. */
    private static @Nullable Path below(List<Path> directories, Path real) {
        return directories.stream()
                .map(AllowedFiles::real)
                .filter(real::startsWith)
                .findFirst()
                .orElse(null);
    }

    private static Path real(Path path) {
        return real(path, DEEPEST);
    }

    /** Returns the path with its links resolved, as far as the path exists. */
    private static Path real(Path path, int deepest) {
        Path absolute = path.toAbsolutePath();
        List<Path> missing = new ArrayList<>();
        for (Path there = absolute; there != null; there = there.getParent()) {
            try {
                return resolve(there.toRealPath(), missing).normalize();
            } catch (NoSuchFileException e) {
                if (Files.isSymbolicLink(there)) {
                    return deepest == 0 ? UNREADABLE : dangling(there, missing, deepest - 1);
                }
                missing.add(Objects.requireNonNullElse(there.getFileName(), Path.of("")));
            } catch (IOException e) {
                return UNREADABLE;
            }
        }
        return absolute.normalize();
    }

    /** Resolves a link whose target does not exist yet. */
    private static Path dangling(Path link, List<Path> missing, int deepest) {
        try {
            return real(resolve(link.resolveSibling(Files.readSymbolicLink(link)), missing), deepest);
        } catch (IOException e) {
            return UNREADABLE;
        }
    }

    private static Path resolve(Path path, List<Path> missing) {
        Path whole = path;
        for (Path name : missing.reversed()) {
            whole = whole.resolve(name);
        }
        return whole;
    }

    private static @Nullable Path path(String text) {
        try {
            return Path.of(text).normalize();
        } catch (InvalidPathException e) {
            return null;
        }
    }
}
