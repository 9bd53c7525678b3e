package dev.secretproviders.dashboard.page;

import dev.secretproviders.crypto.RuntimeSha256;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Style sheets, scripts and icons. The address of each has a digest of its content, so that browsers keep it for good. All
 * are in memory, compressed, about 100 kB together. Immutable.
 */
public final class Assets {
    /** The start of their addresses. */
    public static final String PATH = "/dashboard/assets/";

    private static final String OWN = "dashboard/assets/";
    private static final String JARS = "META-INF/resources/webjars/";
    private static final Pattern CHARSET = Pattern.compile("^@charset \"UTF-8\";");
    private static final Pattern NAMED = Pattern.compile("asset:([a-z0-9.-]+)");
    private static final int DIGITS = 16;

    private final Map<String, Asset> byPath = new LinkedHashMap<>();
    private final Map<String, String> paths = new LinkedHashMap<>();

    /**
     * One file.
     *
     * @param content its bytes
     * @param compressed the same with gzip
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    public record Asset(String type, byte[] content, byte[] compressed) {}

    /** Reads all of them from the class path. */
    public Assets() {
        for (String icon : new String[] {"check.svg", "chevron.svg", "minus.svg", "search.svg", "favicon.svg"}) {
            add(icon, "image/svg+xml", read(OWN + icon));
        }
        add("icons.svg", "image/svg+xml", read(OWN + "icons.svg"));
        // In a layer of its own, so that each rule of ours comes before all of its rules.
        String base = CHARSET.matcher(read(JARS + "picocss__pico/2.1.1/css/pico.indigo.min.css"))
                .replaceFirst("");
        add(
                "dashboard.css",
                "text/css",
                linked("@layer base{" + base + "}\n" + read(OWN + "dashboard.css") + read(OWN + "charts.css")));
        add("htmx.js", "text/javascript", read(JARS + "htmx.org/2.0.8/dist/htmx.min.js"));
        add("dashboard.js", "text/javascript", read(OWN + "dashboard.js"));
        add("steps.js", "text/javascript", read(OWN + "steps.js"));
    }

    private String linked(String css) {
        return NAMED.matcher(css).replaceAll(found -> path(found.group(1)));
    }

    private static String read(String resource) {
        try (InputStream in = Assets.class.getClassLoader().getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException(resource + " is not on the class path");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void add(String name, String type, String text) {
        byte[] content = text.getBytes(StandardCharsets.UTF_8);
        String path = PATH + RuntimeSha256.hex(text).substring(0, DIGITS) + "/" + name;
        byPath.put(path, new Asset(type, content, compressed(content)));
        paths.put(name, path);
    }

    private static byte[] compressed(byte[] content) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /**
     * Returns the address of an asset. Templates call it.
     *
     * @throws IllegalArgumentException if there is none of that name
     */
    public String path(String name) {
        String path = paths.get(name);
        if (path == null) {
            throw new IllegalArgumentException("there is no asset " + name);
        }
        return path;
    }

    /** Returns the address of a symbol of the icons. */
    public String icon(String name) {
        return path("icons.svg") + "#" + name;
    }

    /** Returns what is at an address, or null. */
    public @Nullable Asset at(String path) {
        return byPath.get(path);
    }
}
