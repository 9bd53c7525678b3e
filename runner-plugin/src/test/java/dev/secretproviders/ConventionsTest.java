package dev.secretproviders;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import org.jspecify.annotations.NullMarked;

/** Conventions that a compiler does not hold. The arrows between packages are {@link ArchitectureTest}'s. */
@AnalyzeClasses(
        packages = "dev.secretproviders",
        importOptions = {ImportOption.DoNotIncludeTests.class, ConventionsTest.OnlyTheRunner.class})
class ConventionsTest {

    /** Leaves out the modules that only tests use. */
    static final class OnlyTheRunner implements ImportOption {
        @Override
        public boolean includes(Location location) {
            return !location.contains("test-peers")
                    && !location.contains("gateway-stand-in")
                    && !location.contains("-tests.jar");
        }
    }

    @ArchTest
    static final ArchRule everyPackageIsNullMarked = classes().should(resideInANullMarkedPackage());

    @ArchTest
    static final ArchRule loggingGoesThroughSlf4j = noClasses()
            .that()
            // It logs nothing: it keeps libraries from logging secrets.
            .haveNameNotMatching("dev\\.secretproviders\\.app\\.logs\\.LibraryLogs(\\$.*)?")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("java.util.logging..");

    @ArchTest
    static final ArchRule referencesKnowNothingAboveThem = noClasses()
            .that()
            .resideInAPackage("dev.secretproviders.reference..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "dev.secretproviders.provider..",
                    "dev.secretproviders.resolve..",
                    "dev.secretproviders.consumer..",
                    "dev.secretproviders.auth..",
                    "dev.secretproviders.transport..",
                    "dev.secretproviders.app..");

    private static ArchCondition<JavaClass> resideInANullMarkedPackage() {
        return new ArchCondition<>("reside in a package whose package-info is @NullMarked") {
            @Override
            public void check(JavaClass item, ConditionEvents events) {
                boolean marked = item.getPackage().isAnnotatedWith(NullMarked.class);
                events.add(new SimpleConditionEvent(
                        item, marked, item.getName() + " is in " + item.getPackageName() + ", marked: " + marked));
            }
        };
    }
}
