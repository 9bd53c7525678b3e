package dev.secretproviders;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysTrue;
import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import dev.secretproviders.app.settings.RunnerSettings;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.store.etcd.EtcdAccess;
import dev.secretproviders.store.etcd.EtcdHistory;
import java.nio.file.Path;

/**
 * Dependencies between packages point down only, as in section 3 of the design. Maven enforces those between modules,
 * too.
 */
@AnalyzeClasses(
        packages = "dev.secretproviders",
        importOptions = {ImportOption.DoNotIncludeTests.class, ArchitectureTest.TheRunnerItself.class})
class ArchitectureTest {

    /** Leaves out the modules that only tests use. */
    static final class TheRunnerItself implements ImportOption {
        @Override
        public boolean includes(Location location) {
            return !location.contains("test-peers")
                    && !location.contains("gateway-stand-in")
                    && !location.contains("-tests.jar");
        }
    }

    private static final String[] MANAGERS = {
        "dev.secretproviders.provider.vault..",
        "dev.secretproviders.provider.aws..",
        "dev.secretproviders.provider.gcp..",
        "dev.secretproviders.provider.azure..",
        "dev.secretproviders.provider.kubernetes..",
        "dev.secretproviders.provider.env..",
        "dev.secretproviders.provider.file..",
        "dev.secretproviders.provider.fake..",
    };

    @ArchTest
    static final ArchRule arrowsPointDown = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .withOptionalLayers(true)
            .layer("app")
            .definedBy("dev.secretproviders.app..")
            .layer("transport")
            .definedBy("dev.secretproviders.transport..")
            .layer("dashboard")
            .definedBy("dev.secretproviders.dashboard..")
            .layer("admin")
            .definedBy("dev.secretproviders.admin..")
            .layer("auth")
            .definedBy("dev.secretproviders.auth..")
            .layer("inject")
            .definedBy("dev.secretproviders.inject..")
            .layer("certificate")
            .definedBy("dev.secretproviders.certificate..")
            .layer("migrate")
            .definedBy("dev.secretproviders.migrate..")
            .layer("apisix")
            .definedBy("dev.secretproviders.apisix..")
            .layer("accesslog")
            .definedBy("dev.secretproviders.accesslog..")
            .layer("consumer")
            .definedBy("dev.secretproviders.consumer..")
            .layer("control")
            .definedBy("dev.secretproviders.control..")
            .layer("snapshot")
            .definedBy("dev.secretproviders.snapshot..")
            .layer("resolve")
            .definedBy("dev.secretproviders.resolve..")
            .layer("provider")
            .definedBy("dev.secretproviders.provider", "dev.secretproviders.provider.local..")
            .layer("managers")
            .definedBy(MANAGERS)
            .layer("shared")
            .definedBy("dev.secretproviders.provider.shared..")
            .layer("reference")
            .definedBy("dev.secretproviders.reference..")
            .layer("sink")
            .definedBy("dev.secretproviders.sink..")
            .layer("audit")
            .definedBy("dev.secretproviders.audit..")
            .layer("store")
            .definedBy("dev.secretproviders.store..")
            .layer("plugin")
            .definedBy("dev.secretproviders.plugin..")
            .layer("limits")
            .definedBy("dev.secretproviders.limits..")
            .layer("event")
            .definedBy("dev.secretproviders.event..")
            .layer("settings")
            .definedBy("dev.secretproviders.settings..")
            .layer("spi")
            .definedBy("dev.secretproviders.spi..")
            .layer("crypto")
            .definedBy("dev.secretproviders.crypto..")
            .layer("validity")
            .definedBy("dev.secretproviders.validity..")
            .layer("timing")
            .definedBy("dev.secretproviders.timing..")
            .layer("system")
            .definedBy("dev.secretproviders.system..")
            .layer("trie")
            .definedBy("dev.secretproviders.trie..")
            .whereLayer("app")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("transport")
            .mayOnlyBeAccessedByLayers("app")
            .whereLayer("dashboard")
            .mayOnlyBeAccessedByLayers("app")
            .whereLayer("inject")
            .mayOnlyBeAccessedByLayers("app", "transport", "admin")
            .whereLayer("accesslog")
            .mayOnlyBeAccessedByLayers("app", "admin")
            .whereLayer("admin")
            .mayOnlyBeAccessedByLayers("app", "dashboard")
            .whereLayer("auth")
            .mayOnlyBeAccessedByLayers("app", "transport", "admin", "inject", "accesslog")
            .whereLayer("consumer")
            .mayOnlyBeAccessedByLayers("app", "transport", "admin", "auth", "inject", "migrate")
            .whereLayer("control")
            .mayOnlyBeAccessedByLayers("app", "admin")
            .whereLayer("certificate")
            .mayOnlyBeAccessedByLayers("app", "admin")
            .whereLayer("apisix")
            .mayOnlyBeAccessedByLayers("app", "migrate", "consumer", "certificate")
            .whereLayer("migrate")
            .mayOnlyBeAccessedByLayers("app")
            .whereLayer("snapshot")
            .mayOnlyBeAccessedByLayers("app")
            .whereLayer("resolve")
            .mayOnlyBeAccessedByLayers(
                    "app",
                    "transport",
                    "admin",
                    "inject",
                    "accesslog",
                    "auth",
                    "consumer",
                    "control",
                    "snapshot",
                    "certificate",
                    "migrate")
            .whereLayer("provider")
            .mayOnlyBeAccessedByLayers(
                    "app",
                    "admin",
                    "inject",
                    "auth",
                    "consumer",
                    "control",
                    "snapshot",
                    "resolve",
                    "certificate",
                    "migrate")
            .whereLayer("reference")
            .mayOnlyBeAccessedByLayers(
                    "app",
                    "transport",
                    "admin",
                    "inject",
                    "auth",
                    "consumer",
                    "control",
                    "snapshot",
                    "resolve",
                    "provider",
                    "certificate")
            .whereLayer("sink")
            .mayOnlyBeAccessedByLayers("app")
            .whereLayer("audit")
            .mayOnlyBeAccessedByLayers(
                    "app",
                    "sink",
                    "dashboard",
                    "admin",
                    "accesslog",
                    "auth",
                    "consumer",
                    "control",
                    "snapshot",
                    "resolve",
                    "provider",
                    "reference",
                    "certificate")
            .whereLayer("store")
            .mayOnlyBeAccessedByLayers(
                    "app",
                    "sink",
                    "dashboard",
                    "admin",
                    "accesslog",
                    "auth",
                    "consumer",
                    "control",
                    "snapshot",
                    "resolve",
                    "provider",
                    "reference",
                    "audit",
                    "apisix",
                    "certificate",
                    "migrate")
            .whereLayer("managers")
            .mayOnlyBeAccessedByLayers("app")
            .whereLayer("managers")
            .mayOnlyAccessLayers("shared", "event", "limits", "settings", "spi", "timing")
            .whereLayer("event")
            .mayNotAccessAnyLayer()
            .whereLayer("shared")
            .mayOnlyAccessLayers("limits", "spi", "timing")
            .whereLayer("plugin")
            .mayOnlyAccessLayers("settings", "spi")
            .whereLayer("limits")
            .mayOnlyAccessLayers("settings", "spi")
            .whereLayer("settings")
            .mayOnlyAccessLayers("spi")
            .whereLayer("crypto")
            .mayOnlyAccessLayers("spi")
            .whereLayer("timing")
            .mayNotAccessAnyLayer()
            .whereLayer("system")
            .mayNotAccessAnyLayer()
            .whereLayer("trie")
            .mayNotAccessAnyLayer()
            .whereLayer("validity")
            .mayNotAccessAnyLayer()
            .whereLayer("spi")
            .mayNotAccessAnyLayer();

    @ArchTest
    static final ArchRule arrowsInTheStore = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("contract")
            .definedBy("dev.secretproviders.store")
            .layer("embedded")
            .definedBy("dev.secretproviders.store.embedded")
            .layer("etcd")
            .definedBy("dev.secretproviders.store.etcd")
            .layer("protection")
            .definedBy("dev.secretproviders.store.protection")
            .whereLayer("contract")
            .mayNotAccessAnyLayer()
            .whereLayer("embedded")
            .mayOnlyAccessLayers("contract")
            .whereLayer("etcd")
            .mayOnlyAccessLayers("contract")
            .whereLayer("protection")
            .mayOnlyAccessLayers("contract");

    /**
     * The engine is a choice of the configuration. Consumers may come from an etcd, too, so they know how to reach one and
     * what its history is.
     */
    @ArchTest
    static final ArchRule onlyTheApplicationKnowsAnEngine = noClasses()
            .that()
            .resideOutsideOfPackages("dev.secretproviders.app..", "dev.secretproviders.store..")
            .should()
            .dependOnClassesThat(
                    resideInAnyPackage("dev.secretproviders.store.embedded", "dev.secretproviders.store.etcd")
                            .and(not(type(EtcdAccess.class)))
                            .and(not(type(EtcdHistory.class))));

    @ArchTest
    static final ArchRule arrowsInTheTransport = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("server")
            .definedBy("dev.secretproviders.transport")
            .layer("exchange")
            .definedBy("dev.secretproviders.transport.exchange")
            .layer("hosted")
            .definedBy("dev.secretproviders.transport.hosted")
            .layer("companion")
            .definedBy("dev.secretproviders.transport.companion")
            .layer("route")
            .definedBy("dev.secretproviders.transport.route")
            .layer("socket")
            .definedBy("dev.secretproviders.transport.socket")
            .layer("wire")
            .definedBy("dev.secretproviders.transport.wire")
            .layer("work")
            .definedBy("dev.secretproviders.transport.work")
            .whereLayer("server")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("exchange")
            .mayOnlyAccessLayers("hosted", "route", "wire", "work")
            .whereLayer("hosted")
            .mayOnlyAccessLayers("route", "wire", "work")
            .whereLayer("companion")
            .mayOnlyAccessLayers("socket", "wire")
            .whereLayer("route")
            .mayOnlyAccessLayers("wire")
            .whereLayer("socket")
            .mayNotAccessAnyLayer()
            .whereLayer("wire")
            .mayNotAccessAnyLayer()
            .whereLayer("work")
            .mayOnlyAccessLayers("wire");

    @ArchTest
    static final ArchRule arrowsInTheApplication = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("cli")
            .definedBy("dev.secretproviders.app.cli..")
            .layer("wiring")
            .definedBy("dev.secretproviders.app.wiring")
            .layer("metrics")
            .definedBy("dev.secretproviders.app.metrics")
            .layer("health")
            .definedBy("dev.secretproviders.app.health")
            .layer("control")
            .definedBy("dev.secretproviders.app.control")
            .layer("logs")
            .definedBy("dev.secretproviders.app.logs")
            .layer("telemetry")
            .definedBy("dev.secretproviders.app.telemetry")
            .layer("settings")
            .definedBy("dev.secretproviders.app.settings")
            .whereLayer("cli")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("wiring")
            .mayOnlyBeAccessedByLayers("cli")
            .whereLayer("metrics")
            .mayOnlyBeAccessedByLayers("wiring")
            .whereLayer("health")
            .mayOnlyBeAccessedByLayers("wiring", "metrics")
            .whereLayer("control")
            .mayOnlyAccessLayers("logs", "settings", "telemetry")
            .whereLayer("telemetry")
            .mayOnlyAccessLayers("settings")
            .whereLayer("logs")
            .mayOnlyAccessLayers("settings")
            .whereLayer("settings")
            .mayNotAccessAnyLayer();

    /** What is loaded only for those who send telemetry. */
    @ArchTest
    static final ArchRule onlyTelemetryKnowsOpenTelemetry = noClasses()
            .that()
            .resideOutsideOfPackage("dev.secretproviders.app.telemetry..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.opentelemetry..", "io.micrometer.tracing..");

    /** A feature of the Admin API may use another, without cycles. The framework does not know the features. */
    @ArchTest
    static final ArchRule theFrameOfTheAdminApiKnowsNoFeature = noClasses()
            .that()
            .resideInAnyPackage("dev.secretproviders.admin.rest", "dev.secretproviders.admin.access")
            .should()
            .dependOnClassesThat(resideInAPackage("dev.secretproviders.admin..")
                    .and(resideOutsideOfPackages(
                            "dev.secretproviders.admin.rest", "dev.secretproviders.admin.access")));

    @ArchTest
    static final ArchRule noFeatureKnowsWhatPutsTheAdminApiTogether = noClasses()
            .that()
            .resideInAPackage("dev.secretproviders.admin.*")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.secretproviders.admin");

    @ArchTest
    static final ArchRule theSpiNeedsNothing = classes()
            .that()
            .resideInAPackage("dev.secretproviders.spi..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("dev.secretproviders.spi..", "java..", "javax.crypto..", "org.jspecify..");

    @ArchTest
    static final ArchRule noProviderKnowsAnother = slices().matching("dev.secretproviders.provider.(*)..")
            .should()
            .notDependOnEachOther()
            .ignoreDependency(alwaysTrue(), resideInAPackage("dev.secretproviders.provider.shared.."));

    @ArchTest
    static final ArchRule theProviderContractKnowsNoProvider = noClasses()
            .that()
            .resideInAPackage("dev.secretproviders.provider")
            .should()
            .dependOnClassesThat(resideInAPackage("dev.secretproviders.provider.*..")
                    .and(resideOutsideOfPackage("dev.secretproviders.provider.shared..")));

    @ArchTest
    static final ArchRule noCycles =
            slices().matching("dev.secretproviders.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule noCyclesWithinOne =
            slices().matching("dev.secretproviders.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule packagesAreNamedByFeature =
            noClasses().should().resideInAnyPackage("..util..", "..utils..", "..common..", "..manager..", "..impl..");

    @ArchTest
    static final ArchRule onlyTheCommandLinePrints = noClasses()
            .that()
            .resideOutsideOfPackage("dev.secretproviders.app..")
            .should()
            .accessField(System.class, "out")
            .orShould()
            .accessField(System.class, "err");

    @ArchTest
    static final ArchRule springStaysAtTheEdge = noClasses()
            .that()
            .resideOutsideOfPackages(
                    "dev.secretproviders.app..", "dev.secretproviders.admin..", "dev.secretproviders.dashboard..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.springframework..", "org.thymeleaf..");

    /** Each area of the dashboard uses the shared parts, and no other area. Nothing knows an area. */
    @ArchTest
    static final ArchRule areasOfTheDashboardDoNotKnowEachOther = slices().matching(
                    "dev.secretproviders.dashboard.(*)..")
            .should()
            .notDependOnEachOther()
            .ignoreDependency(
                    alwaysTrue(),
                    resideInAnyPackage(
                            "dev.secretproviders.dashboard.page..",
                            "dev.secretproviders.dashboard.form..",
                            "dev.secretproviders.dashboard.session.."));

    /** Only log-ins need more than the Admin API. */
    @ArchTest
    static final ArchRule pagesKnowNoCore = noClasses()
            .that()
            .resideInAPackage("dev.secretproviders.dashboard..")
            .and()
            .resideOutsideOfPackage("dev.secretproviders.dashboard.openid..")
            .should()
            .dependOnClassesThat(resideInAPackage("dev.secretproviders..")
                    .and(resideOutsideOfPackages(
                            "dev.secretproviders.dashboard..",
                            "dev.secretproviders.admin..",
                            "dev.secretproviders.crypto",
                            "dev.secretproviders.settings",
                            "dev.secretproviders.spi",
                            "dev.secretproviders.system")));

    /** What a page shows and does goes through the Admin API, with its checks and its audit records. */
    @ArchTest
    static final ArchRule pagesCallTheAdminApiOnly = noClasses()
            .that()
            .resideInAPackage("dev.secretproviders.dashboard..")
            .should()
            .dependOnClassesThat(resideInAPackage("dev.secretproviders.admin..")
                    .and(resideOutsideOfPackages(
                            "dev.secretproviders.admin",
                            "dev.secretproviders.admin.access",
                            "dev.secretproviders.admin.rest",
                            "dev.secretproviders.admin.session",
                            "dev.secretproviders.admin.token")));

    /** Settings remember the files that they name, which no provider may read. A path made elsewhere would be forgotten. */
    @ArchTest
    static final ArchRule filesAreTakenFromTheSettings = noClasses()
            .that(describe(
                    "read settings",
                    reader -> reader.getDirectDependenciesFromSelf().stream()
                            .anyMatch(dependency -> dependency.getTargetClass().isEquivalentTo(Settings.class))))
            .and()
            .resideOutsideOfPackages(
                    "dev.secretproviders.settings", "dev.secretproviders.limits", "dev.secretproviders.provider..")
            .and()
            .doNotBelongToAnyOf(RunnerSettings.class)
            .should()
            .callMethod(Path.class, "of", String.class, String[].class);

    @ArchTest
    static final ArchRule secretsAreTypedAsSecrets = noFields()
            .that()
            .haveNameMatching("(?i).*(password|secret_?key|secret_?id|secretaccesskey|adminkey|token)")
            .should()
            .haveRawType(String.class);

    @ArchTest
    static final ArchRule exceptionsEndInException = classes()
            .that()
            .areAssignableTo(Throwable.class)
            .should()
            .haveSimpleNameEndingWith("Exception")
            .orShould()
            .haveSimpleNameEndingWith("Signal");
}
