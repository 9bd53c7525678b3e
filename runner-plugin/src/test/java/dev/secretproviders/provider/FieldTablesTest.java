package dev.secretproviders.provider;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.provider.ProviderSchemaTest.Manager;
import dev.secretproviders.settings.CommonFields;
import dev.secretproviders.settings.Durations;
import dev.secretproviders.spi.Condition;
import dev.secretproviders.spi.Field;
import dev.secretproviders.spi.FieldType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The tables of fields in the documentation are made from the descriptors. Each stands between two comments, in whichever page of {@code
 * docs/} has them: {@code <!-- fields of vault -->} and {@code <!-- end of fields -->}. With {@code -Dfields.write=true} this test
 * writes them.
 */
final class FieldTablesTest {
    private static final Path DOCS = Path.of("../docs");
    private static final String END = "<!-- end of fields -->";
    private static final String HEAD = "| field | default | meaning |\n| --- | --- | --- |\n";
    /** Have no fields of their own. */
    private static final Set<String> WITHOUT = Set.of("env");

    record Table(String name, List<Field> fields) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Table> tables() {
        Stream<Table> managers = ProviderSchemaTest.managers().stream()
                .map(Manager::factory)
                .filter(factory -> !WITHOUT.contains(factory.manager()))
                .map(factory -> new Table(factory.manager(), CommonFields.connection(factory.descriptor())));
        return Stream.concat(managers, Stream.of(new Table("every provider", CommonFields.ALL)));
    }

    @ParameterizedTest
    @MethodSource("tables")
    void tableIsThatOfTheDescriptor(Table table) throws IOException {
        String begin = "<!-- fields of " + table.name() + " -->\n";
        List<Path> pages = new ArrayList<>();
        for (Path page : pages()) {
            if (Files.readString(page).contains(begin)) {
                pages.add(page);
            }
        }
        assertThat(pages).as("pages of docs/ that contain " + begin).hasSize(1);
        String text = Files.readString(pages.getFirst());
        int start = text.indexOf(begin) + begin.length();
        int end = text.indexOf(END, start);
        assertThat(end).as(END).isPositive();
        StringBuilder rows = new StringBuilder(HEAD);
        rows("", table.fields(), rows);

        if (Boolean.getBoolean("fields.write")) {
            Files.writeString(pages.getFirst(), text.substring(0, start) + rows + text.substring(end));
        } else {
            assertThat(text.substring(start, end))
                    .as("the table in " + pages.getFirst() + "; run this test with -Dfields.write=true to write it")
                    .isEqualTo(rows.toString());
        }
    }

    private static List<Path> pages() throws IOException {
        try (Stream<Path> files = Files.walk(DOCS)) {
            return files.filter(file -> file.toString().endsWith(".md")).toList();
        }
    }

    private static void rows(String above, List<Field> fields, StringBuilder rows) {
        for (Field field : fields) {
            String name = above + field.name();
            if (field.type() == FieldType.SECTION && !field.fields().isEmpty()) {
                rows(name + ".", field.fields(), rows);
                continue;
            }
            rows.append(
                    "| `" + name + "` | " + fallback(above, field) + " | " + String.join(" ", meaning(field)) + " |\n");
            if (field.type() == FieldType.LIST) {
                rows(name + "[].", field.fields(), rows);
            }
        }
    }

    private static String fallback(String above, Field field) {
        List<String> parts = new ArrayList<>();
        Condition required = field.requiredWhen();
        if (field.required()) {
            parts.add(above.isEmpty() ? "required" : "required in `" + above.substring(0, above.length() - 1) + "`");
        } else if (required != null) {
            parts.add("required with " + text(required));
        }
        if (field.fallback() != null && !field.fallback().equals("")) {
            parts.add("`" + field.fallback() + "`");
        }
        if (field.absent() != null) {
            parts.add(field.absent());
        }
        return String.join("; ", parts);
    }

    private static List<String> meaning(Field field) {
        List<String> parts = new ArrayList<>(List.of(field.help()));
        if (field.secret()) {
            parts.add("A secret, or a reference to one.");
        }
        if (!field.choices().isEmpty()) {
            parts.add("One of " + quoted(field.choices()) + ".");
        }
        Long least = field.least();
        if (least != null) {
            parts.add(range(field, least, field.most()));
        }
        if (!field.expected().isEmpty()) {
            parts.add("Takes " + field.expected() + ".");
        }
        if (field.example() != null) {
            parts.add("Example: `" + field.example() + "`.");
        }
        if (field.onlyWhen() != null) {
            parts.add("Only with " + text(field.onlyWhen()) + ".");
        }
        if (!field.excludes().isEmpty()) {
            parts.add("Not together with " + quoted(field.excludes()) + ".");
        }
        return parts;
    }

    private static String range(Field field, Long least, @Nullable Long most) {
        return most == null
                ? "At least " + number(field, least) + "."
                : "From " + number(field, least) + " to " + number(field, most) + ".";
    }

    private static String number(Field field, Long number) {
        return "`" + (field.type() == FieldType.DURATION ? Durations.text(number) : number) + "`";
    }

    private static String text(Condition condition) {
        return "`" + condition.field() + "`" + (condition.values().isEmpty() ? "" : " " + quoted(condition.values()));
    }

    private static String quoted(List<String> names) {
        return names.stream().map(name -> "`" + name + "`").collect(Collectors.joining(", "));
    }
}
