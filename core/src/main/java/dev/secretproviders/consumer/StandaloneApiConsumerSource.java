package dev.secretproviders.consumer;

import dev.secretproviders.apisix.AdminApiClient;
import dev.secretproviders.apisix.AdminApiException;
import dev.secretproviders.apisix.StandaloneNode;
import dev.secretproviders.apisix.StandaloneNode.Content;
import dev.secretproviders.apisix.StandaloneNode.Version;
import dev.secretproviders.apisix.StandaloneNodes;
import dev.secretproviders.apisix.StandaloneNodes.Found;
import dev.secretproviders.provider.shared.SecretJson;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Consumers from APISIX in API-driven standalone mode. The digest of its configuration is polled, and the configuration is read
 * when the digest has changed. An answer is applied as a whole or not at all.
 *
 * <p>APISIX has no configuration after its start, until one is pushed. The last consumers stay in force meanwhile; a {@link Keeper}
 * keeps them for the next process. A configuration without consumers has a digest, and then there are none.
 */
final class StandaloneApiConsumerSource extends FollowingSource {
    private static final Logger LOG = LoggerFactory.getLogger(StandaloneApiConsumerSource.class);
    /** A push makes APISIX serve at once. */
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

    private static final JsonMapper JSON = SecretJson.mapper().build();
    private static final int FORMAT = 1;

    private final StandaloneNodes nodes;
    private final Duration interval;
    private final GatewayTable table;
    private volatile @Nullable Keeper keeper;
    /** Whether consumers are in force, or those of an earlier process could not be used. */
    private boolean begun;

    StandaloneApiConsumerSource(List<AdminApiClient> clients, Duration interval, GatewayTable table) {
        super("standalone-api", LONGEST_PAUSE);
        this.nodes = new StandaloneNodes(clients);
        this.interval = interval;
        this.table = table;
    }

    @Override
    void follow() throws ConsumerSourceException, InterruptedException {
        while (true) {
            switch (nodes.look()) {
                case Found.Moved(StandaloneNode node) -> take(node);
                case Found.Same _ -> keepAgain();
                case Found.Nothing(String problem, boolean empty) -> {
                    if (empty) {
                        restore();
                    }
                    throw new ConsumerSourceException(problem);
                }
            }
            Thread.sleep(interval);
        }
    }

    private void take(StandaloneNode node) throws ConsumerSourceException, InterruptedException {
        Content content = read(node);
        try {
            JsonNode root = root(node, content);
            new GatewayDocument(root, object -> object).into(table, "APISIX at " + node.place());
            // What could not be told is not taken, so that the next look finds it again.
            tell(table.snapshot());
            nodes.take(node, content.version());
            begun = true;
            keep(root, content.version());
        } finally {
            Arrays.fill(content.body(), (byte) 0);
        }
    }

    private static Content read(StandaloneNode node) throws ConsumerSourceException, InterruptedException {
        try {
            Content content = node.content();
            if (content == null) {
                throw new ConsumerSourceException(
                        "APISIX at " + node.place() + " lost its configuration before it was read");
            }
            return content;
        } catch (AdminApiException e) {
            throw new ConsumerSourceException(String.valueOf(e.getMessage()));
        }
    }

    private static JsonNode root(StandaloneNode node, Content content) throws ConsumerSourceException {
        try {
            JsonNode root = JSON.readTree(content.body());
            if (root.isObject()) {
                return root;
            }
        } catch (JacksonException e) {
            // Its message quotes the content.
        }
        throw new ConsumerSourceException("APISIX at " + node.place() + " answered something that is no JSON object");
    }

    /** Reads what is in force again if it has to be kept again: nothing but its version is in memory. */
    private void keepAgain() throws ConsumerSourceException, InterruptedException {
        Keeper its = keeper;
        StandaloneNode node = nodes.followed();
        if (its != null && node != null && its.isDue()) {
            take(node);
        } else {
            recordUnchanged();
        }
    }

    private void keep(JsonNode root, Version version) {
        Keeper its = keeper;
        if (its == null) {
            return;
        }
        ObjectNode kept = JSON.createObjectNode()
                .put("format", FORMAT)
                .put("digest", version.digest())
                .put("modified", version.modified());
        kept.set(GatewayTable.CONSUMERS, root.path(GatewayTable.CONSUMERS));
        byte[] content = JSON.writeValueAsBytes(kept);
        its.keep(content);
        Arrays.fill(content, (byte) 0);
    }

    /** Puts the consumers of an earlier process in force, if this one has none. */
    private void restore() {
        Keeper its = keeper;
        if (begun || its == null) {
            return;
        }
        byte[] content;
        try {
            content = its.kept();
        } catch (IOException e) {
            // The keeper has reported it. The next look tries again.
            return;
        }
        if (content != null) {
            use(content);
        }
        begun = true;
    }

    private void use(byte[] content) {
        try {
            JsonNode kept = JSON.readTree(content);
            if (kept.path("format").asInt(0) != FORMAT) {
                LOG.warn("the consumers that an earlier runner kept have a format that this version does not know");
                return;
            }
            new GatewayDocument(kept, object -> object).consumersInto(table);
            tell(table.snapshot());
            nodes.takeEarlier(new Version(
                    kept.path("digest").asString(""), kept.path("modified").asLong(0)));
            LOG.info("APISIX has no configuration yet, so the consumers that were kept before the start are in force");
        } catch (JacksonException e) {
            LOG.warn("the consumers that an earlier runner kept cannot be read");
        } finally {
            Arrays.fill(content, (byte) 0);
        }
    }

    @Override
    public void keepWith(@Nullable Keeper with) {
        keeper = with;
    }

    @Override
    public Nodes nodes() {
        return new Nodes(Map.of(), nodes.differences());
    }

    @Override
    public List<SecretObject> secretObjects() throws ConsumerSourceException, InterruptedException {
        StandaloneNode node = nodes.followed();
        if (node == null) {
            throw new ConsumerSourceException("no configuration of APISIX was read yet");
        }
        Content content = read(node);
        try {
            return new GatewayDocument(root(node, content), object -> object).secretObjects();
        } finally {
            Arrays.fill(content.body(), (byte) 0);
        }
    }

    @Override
    public synchronized void close() {
        super.close();
        nodes.close();
    }
}
