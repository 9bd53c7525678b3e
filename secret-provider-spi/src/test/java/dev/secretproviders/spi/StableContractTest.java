package dev.secretproviders.spi;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What docs/tutorials/custom-providers.md promises to those who write providers in jars of their own. */
final class StableContractTest {
    static List<Class<?>> stable() {
        return List.of(
                ProviderFactory.class,
                ProviderFactory.Credentials.class,
                ProviderFactory.CredentialSource.class,
                Capability.class,
                Descriptor.class,
                Field.class,
                Field.Builder.class,
                Condition.class,
                FieldType.class,
                SecretProvider.class,
                SecretAddress.class,
                SecretPath.class,
                FetchRequest.class,
                FetchResult.class,
                FetchResult.Found.class,
                FetchResult.Unchanged.class,
                FetchResult.Missing.class,
                FetchResult.Gone.class,
                FetchResult.Failed.class,
                SecretVersion.class,
                SecretContent.class,
                Canary.class,
                CertificateIssuer.class,
                CertificateIssuer.Request.class,
                CertificateIssuer.Issued.class,
                SecretWriter.class,
                SecretWriter.Outcome.class,
                ContentDigester.class,
                ProviderException.class,
                ProviderException.Kind.class,
                ProviderId.class,
                SecretReference.class,
                Transform.class,
                InvalidReferenceException.class,
                FieldValues.class,
                Secret.class);
    }

    @ParameterizedTest
    @MethodSource("stable")
    void canBeUsedFromAnotherJar(Class<?> type) {
        assertThat(Modifier.isPublic(type.getModifiers())).isTrue();
    }

    /** Stable types refer to stable types only. */
    @ParameterizedTest
    @MethodSource("stable")
    void leadsToNothingThatIsNotStable(Class<?> type) {
        List<Class<?>> met = new ArrayList<>();
        for (Method method : type.getDeclaredMethods()) {
            if (Modifier.isPublic(method.getModifiers()) && !method.isSynthetic()) {
                met.add(method.getReturnType());
                met.addAll(Arrays.asList(method.getParameterTypes()));
                met.addAll(Arrays.asList(method.getExceptionTypes()));
            }
        }

        assertThat(met)
                .filteredOn(other -> other.getName().startsWith("dev.secretproviders."))
                .isSubsetOf(stable());
    }

    @Test
    void isNamedInTheDocumentation() throws Exception {
        String page = Files.readString(Path.of("../docs/tutorials/custom-providers.md"));
        String named = page.substring(page.indexOf("## What is stable"));

        assertThat(stable())
                .filteredOn(type -> !FetchResult.class.equals(type.getEnclosingClass()))
                .allSatisfy(type -> assertThat(named).contains(type.getSimpleName()));
        assertThat(page).contains("Found", "Unchanged", "Missing", "Gone", "Failed");
    }
}
