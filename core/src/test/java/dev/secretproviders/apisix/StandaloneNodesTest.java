package dev.secretproviders.apisix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.apisix.StandaloneNode.Content;
import dev.secretproviders.apisix.StandaloneNodes.Found;
import dev.secretproviders.peers.ApisixStandalone;
import dev.secretproviders.peers.ApisixStandalone.Mood;
import dev.secretproviders.spi.Secret;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which configuration of several nodes counts. */
final class StandaloneNodesTest {
    private final AtomicLong nanos = new AtomicLong();
    private final ApisixStandalone first = ApisixStandalone.start();
    private final ApisixStandalone second = ApisixStandalone.start();
    private final StandaloneNodes nodes = new StandaloneNodes(
            Stream.of(first, second)
                    .map(node -> client(node, ApisixStandalone.KEY))
                    .toList(),
            nanos::get);

    private static AdminApiClient client(ApisixStandalone node, String key) {
        return new AdminApiClient(HttpClient.newHttpClient(), node.uri(), Secret.ofUtf8(key), Duration.ofSeconds(5));
    }

    @AfterEach
    void stop() {
        nodes.close();
        first.close();
        second.close();
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    /** Looks, takes what moved, and returns the digest of it; "same", or why there is nothing. */
    private String look() throws Exception {
        return switch (nodes.look()) {
            case Found.Same _ -> "same";
            case Found.Nothing nothing -> nothing.problem();
            case Found.Moved(StandaloneNode node) -> {
                Content content = Objects.requireNonNull(node.content());
                nodes.take(node, content.version());
                yield content.version().digest();
            }
        };
    }

    @Test
    void newestConfigurationCountsFromTheStart() throws Exception {
        first.push("old", "{}");
        second.clock(1_800_000_000);
        second.push("new", "{}");

        assertThat(look()).isEqualTo("new");
        assertThat(look()).isEqualTo("same");
    }

    @Test
    void pushToAllNodesIsTakenOnce() throws Exception {
        first.push("d1", "{}");
        second.push("d1", "{}");
        assertThat(look()).isEqualTo("d1");

        first.clock(1_800_000_000);
        first.push("d2", "{}");
        assertThat(look()).isEqualTo("d2");
        second.clock(1_800_000_100);
        second.push("d2", "{}");
        assertThat(look()).isEqualTo("same");
        assertThat(look()).isEqualTo("same");
    }

    @Test
    void olderConfigurationOfAnotherNodeCountsAfterAMinuteOnly() throws Exception {
        second.push("old", "{}");
        first.clock(1_800_000_000);
        first.push("new", "{}");
        assertThat(look()).isEqualTo("new");

        first.mood(Mood.FAILING);
        assertThat(look()).contains(second.uri().toString(), "older configuration");
        pass(Duration.ofSeconds(59));
        assertThat(look()).contains("older configuration");
        first.mood(Mood.WELL);
        assertThat(look()).isEqualTo("same");

        first.mood(Mood.FAILING);
        assertThat(look()).contains("older configuration");
        pass(Duration.ofSeconds(60));
        assertThat(look()).isEqualTo("old");
    }

    @Test
    void earlierConfigurationThatIsPushedAgainCountsAtOnce() throws Exception {
        first.push("d1", "{}");
        second.push("d1", "{}");
        assertThat(look()).isEqualTo("d1");
        first.clock(1_800_000_000);
        first.push("d2", "{}");
        assertThat(look()).isEqualTo("d2");

        first.push("d1", "{}");
        assertThat(look()).isEqualTo("d1");
    }

    @Test
    void nodeWhoseClockWasSetBackIsFollowed() throws Exception {
        first.clock(1_800_000_000);
        first.push("d1", "{}");
        assertThat(look()).isEqualTo("d1");

        first.clock(1_700_000_000);
        first.push("d2", "{}");
        assertThat(look()).isEqualTo("d2");
    }

    @Test
    void nothingIsFoundWhileNoNodeHasAConfiguration() throws Exception {
        assertThat(nodes.look())
                .isEqualTo(new Found.Nothing(
                        "APISIX at " + first.uri()
                                + " has no configuration, as after its start, until one is pushed; no other"
                                + " node has one either",
                        true));

        second.mood(Mood.FAILING);
        assertThat(nodes.look()).isInstanceOfSatisfying(Found.Nothing.class, found -> {
            assertThat(found.problem()).startsWith("the Admin API at " + second.uri() + " answered 500");
            assertThat(found.empty()).as("the other node may serve").isFalse();
        });
        first.mood(Mood.FAILING);
        assertThat(nodes.look())
                .isInstanceOfSatisfying(
                        Found.Nothing.class, found -> assertThat(found.empty()).isFalse());
    }

    @Test
    void nodesThatDifferForAMinuteAreTold() throws Exception {
        first.clock(1_800_000_000);
        first.push("new", "{}");
        second.push("old", "{}");
        assertThat(look()).isEqualTo("new");
        look();
        assertThat(nodes.differences()).isEmpty();

        pass(Duration.ofSeconds(60));
        awaitDifference("another configuration than the one in force");
        second.restart();
        awaitDifference("has no configuration");
        second.mood(Mood.FAILING);
        awaitDifference("answered 500");
        second.mood(Mood.WELL);
        second.push("new", "{}");
        await().until(() -> {
            look();
            return nodes.differences().isEmpty();
        });
    }

    /** A look does not wait for nodes that are not followed. */
    private void awaitDifference(String part) {
        await().until(() -> {
            look();
            return nodes.differences().getOrDefault(second.uri(), "").contains(part);
        });
    }

    @Test
    void viewerKeyAsksByGetFromTheSecondLookOnAndReadsNoBody() throws Exception {
        StandaloneNode node = new StandaloneNode(client(first, ApisixStandalone.VIEWER_KEY));
        try {
            first.mood(Mood.FAILING);
            assertThatThrownBy(node::version).hasMessageContaining("answered 500");
            first.mood(Mood.WELL);
            assertThat(node.version()).isNull();
            int asked = first.asked();
            first.push("d1", "{}");
            // Reading such an answer to its end fails.
            first.mood(Mood.ENDLESS);
            StandaloneNode.Version version = Objects.requireNonNull(node.version());
            assertThat(version.digest()).isEqualTo("d1");
            assertThat(first.asked()).as("no HEAD any more").isEqualTo(asked + 1);
        } finally {
            node.close();
        }
    }

    @Test
    void configurationOfAnEarlierProcessIsReplacedByTheFirstPush() throws Exception {
        nodes.takeEarlier(new StandaloneNode.Version("d1", 1_700_000_001));
        first.push("d1", "{}");
        assertThat(look()).as("the rest of it is not known").isEqualTo("d1");
        assertThat(look()).isEqualTo("same");
    }
}
