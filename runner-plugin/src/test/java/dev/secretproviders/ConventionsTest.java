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

/** Conventions that the compiler does not check. {@link ArchitectureTest} checks the dependencies between packages. */
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
            // It does not log. It keeps libraries from logging secrets.
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

    private static final int MOST_PARAMETERS = 6;

    /** A record is exempt: its components are its values, and accessors name them. */
    @ArchTest
    static final ArchRule constructorsTakeFewParameters =
            classes().that().areNotRecords().should(haveConstructorsWithFewParameters());

    private static ArchCondition<JavaClass> haveConstructorsWithFewParameters() {
        return new ArchCondition<>("have constructors of at most " + MOST_PARAMETERS + " parameters") {
            @Override
            public void check(JavaClass item, ConditionEvents events) {
                // The compiler adds the name and the ordinal to those of an enum, and captured values to others.
                int added = item.isEnum() ? 2 : item.isInnerClass() ? 1 : 0;
                boolean written = !item.isAnonymousClass() && !item.isLocalClass();
                item.getConstructors().stream()
                        .filter(_ -> written)
                        .forEach(constructor -> events.add(new SimpleConditionEvent(
                                constructor,
                                constructor.getRawParameterTypes().size() - added <= MOST_PARAMETERS,
                                constructor.getFullName()
                                        + " has too many parameters; group those that belong together")));
            }
        };
    }

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
