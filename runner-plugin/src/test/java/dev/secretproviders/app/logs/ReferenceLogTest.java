package dev.secretproviders.app.logs;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.consumer.ConsumerSnapshot;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.consumer.CredentialText;
import dev.secretproviders.resolve.ResolverFixture;
import dev.secretproviders.spi.ProviderException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** A missing or expired secret in use makes one warning with the reason and its consumers. Its return makes one line. */
class ReferenceLogTest {
    private final ResolverFixture it = new ResolverFixture();
    private final CredentialDirectory directory = new CredentialDirectory(it.resolver, Runnable::run, List.of());
    private final ReferenceLog log = new ReferenceLog(directory);
    private final Logger logger = (Logger) LoggerFactory.getLogger(ReferenceLog.class);
    private final ListAppender<ILoggingEvent> said = new ListAppender<>();

    @BeforeEach
    void listen() {
        said.start();
        logger.addAppender(said);
    }

    @AfterEach
    void close() {
        logger.detachAppender(said);
        it.close();
    }

    private void consumers(int count, String secret) {
        Map<String, Consumer> consumers = new HashMap<>();
        for (int i = 0; i < count; i++) {
            String name = "c" + i;
            consumers.put(
                    name,
                    new Consumer(
                            name,
                            null,
                            List.of(new Credential.KeyAuth(
                                    null,
                                    new CredentialText.Referenced(
                                            ResolverFixture.reference(secret.formatted(i) + "/key"))))));
        }
        directory.changed(new ConsumerSnapshot(consumers, List.of()));
        it.drain();
    }

    private void look() {
        log.look(it.resolver.resolutions());
        log.look(it.resolver.resolutions());
    }

    @Test
    void missingSecretIsSaidOnceWithWhoUsesItAndItsReturn() {
        consumers(5, "jack");
        look();

        assertThat(said.list).singleElement().satisfies(event -> {
            assertThat(event.getLevel()).isEqualTo(Level.WARN);
            assertThat(event.getFormattedMessage())
                    .startsWith("$secret://vault/prod/jack/key, used by c0, c1, c2 and 2 more, stands for no secret");
            assertThat(event.getKeyValuePairs().toString())
                    .contains("event=\"reference.unusable\"", "provider=\"vault/prod\"")
                    .contains("reference=\"$secret://vault/prod/jack/key\"", "consumer=\"c0, c1, c2 and 2 more\"")
                    .contains("state=\"negative\"");
        });

        it.provider.put("jack", "1", "key", "the-key-of-jack");
        it.pass(ResolverFixture.NEGATIVE_TTL);
        look();
        assertThat(said.list.getLast().getFormattedMessage()).endsWith("can be resolved again");
        assertThat(said.list).hasSize(2);
    }

    @Test
    void expiredSecretIsSaidWithTheReason() {
        it.provider.put("jack", "1", "key", "the-key-of-jack");
        consumers(1, "jack");
        it.outage(ProviderException.Kind.UNAVAILABLE);
        it.pass(ResolverFixture.STALE_TTL.plusSeconds(1));
        look();

        assertThat(said.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly(
                        "$secret://vault/prod/jack/key, used by c0, stands for no secret (expired): scripted outage");
    }

    @Test
    void manyAtOnceAreOneLine() {
        consumers(30, "c%d");
        look();

        assertThat(said.list)
                .singleElement()
                .extracting(ILoggingEvent::getFormattedMessage)
                .asString()
                .contains(
                        "provider vault/prod: 30 references in use stand for no secret, such as $secret://vault/prod/c");
    }
}
