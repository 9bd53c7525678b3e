package dev.secretproviders.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.auth.route.Authenticator;
import dev.secretproviders.auth.route.InvalidAuthConfigException;
import dev.secretproviders.auth.route.UnresolvedAnswer;
import dev.secretproviders.spi.ProviderException.Kind;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/**
 * The decisions of one of APISIX's own plugins, case by case. The cases are in {@code apisix-plugin/spec}; the companion's
 * tests read them, too. A case says so if the native plugin does not have its answer.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class NativeDecisions {
    private final DecisionTable table;
    private final DirectoryFixture it = new DirectoryFixture();
    private final DirectoryFixture undecided = new DirectoryFixture();

    /**
     * Reads a table.
     *
     * @param file its name in {@code apisix-plugin/spec}
     * @param scheme the scheme of the challenge
     */
    protected NativeDecisions(String file, String scheme) {
        this.table = DecisionTable.of(file, scheme);
    }

    /** Returns what decides the requests of a route. */
    protected abstract Authenticator route(DirectoryFixture directory, String json, UnresolvedAnswer unresolved)
            throws InvalidAuthConfigException;

    @BeforeAll
    void consumersAreKnown() {
        table.publish(it);
        undecided.secrets.provider.fail("late", Kind.UNAVAILABLE);
        table.publishUndecided(undecided);
    }

    @AfterAll
    void invariantsHold() {
        it.close();
        undecided.close();
    }

    Stream<Arguments> decisions() {
        return table.cases("cases");
    }

    @ParameterizedTest
    @MethodSource("decisions")
    void isDecidedAsNatively(JsonNode theCase) throws InvalidAuthConfigException {
        Authenticator route = route(it, table.conf(theCase), UnresolvedAnswer.UNAVAILABLE);

        assertThat(table.decision(route, theCase)).isEqualTo(table.expected(theCase.get("expect")));
        assertThat(table.decision(route, theCase))
                .as("the second time, when something may be remembered")
                .isEqualTo(table.expected(theCase.get("expect")));
    }

    Stream<Arguments> decisionsWhileACredentialIsUndecided() {
        return table.cases("while_a_credential_is_undecided");
    }

    /** Natively, an unresolved credential is skipped, and gets 401 until a reload. */
    @ParameterizedTest
    @MethodSource("decisionsWhileACredentialIsUndecided")
    void onlyWhatMayBeGoodIsUndecided(JsonNode theCase) throws InvalidAuthConfigException {
        String conf = table.conf(theCase);

        assertThat(table.decision(route(undecided, conf, UnresolvedAnswer.UNAVAILABLE), theCase))
                .isEqualTo(table.expected(theCase.get("expect")));
        assertThat(table.decision(route(undecided, conf, UnresolvedAnswer.UNAUTHORIZED), theCase))
                .isEqualTo(table.expected(theCase.get("expect_if_unauthorized")));
    }
}
