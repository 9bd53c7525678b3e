package dev.secretproviders.provider.file;

import dev.secretproviders.spi.ContentDigester;
import dev.secretproviders.spi.FetchRequest;
import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.InvalidReferenceException;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretAddress;
import dev.secretproviders.spi.SecretContent;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.spi.SecretVersion;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads secrets from files and reports when they change. */
final class FileProvider implements SecretProvider {
    private final ProviderId id;
    private final SecretFiles files;
    private final ChangeWatcher watcher;
    private final ContentDigester digester = new ContentDigester();

    FileProvider(ProviderId id, SecretFiles files, ChangeWatcher watcher) {
        this.id = id;
        this.files = files;
        this.watcher = watcher;
    }

    @Override
    public ProviderId id() {
        return id;
    }

    @Override
    public List<SecretAddress> addresses(SecretReference reference) {
        if (reference.version() != null || reference.stage() != null) {
            throw new InvalidReferenceException(reference.toString().indexOf('?'), "files have no versions or stages");
        }
        return files.addresses(reference);
    }

    @Override
    public Map<SecretPath, FetchResult> fetch(List<FetchRequest> requests) {
        Map<SecretPath, FetchResult> results = new HashMap<>();
        requests.forEach(request -> results.put(request.path(), fetch(request)));
        return results;
    }

    @Override
    public void onChange(Consumer<List<SecretPath>> listener) {
        watcher.start(() -> listener.accept(List.of()));
    }

    @Override
    public void close() {
        watcher.close();
    }

    private FetchResult fetch(FetchRequest request) {
        try {
            SecretContent content = readDuringSwap(request.path());
            if (content == null) {
                return new FetchResult.Missing(
                        "there is no file " + request.path().name());
            }
            String version = digester.version(content);
            if (version.equals(request.knownVersion())) {
                content.close();
                return new FetchResult.Unchanged();
            }
            return new FetchResult.Found(SecretVersion.of(version, null, content));
        } catch (NoSuchFileException e) {
            return failed(Kind.UNAVAILABLE, e.getFile() + " is not there");
        } catch (AccessDeniedException e) {
            return failed(Kind.PERMISSION, "this process may not read " + e.getFile());
        } catch (IOException e) {
            return failed(Kind.UNAVAILABLE, "cannot read: " + e.getMessage());
        } catch (ProviderException e) {
            return new FetchResult.Failed(e);
        }
    }

    /**
     * Reads a secret, with one retry. Kubernetes replaces the directory behind {@code ..data}, so a file may vanish
     * before it is opened.
     */
    private @Nullable SecretContent readDuringSwap(SecretPath path) throws IOException, ProviderException {
        try {
            return files.read(path);
        } catch (NoSuchFileException e) {
            return files.read(path);
        }
    }

    private static FetchResult failed(Kind kind, String message) {
        return new FetchResult.Failed(new ProviderException(kind, message));
    }
}
