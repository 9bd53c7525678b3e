package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** A shell that the documentation's commands support. Neither reads a user's start-up files. */
enum Shell {
    BASH("bash", "--norc"),
    ZSH("zsh", "-f");

    private final String program;
    private final String noStartUpFiles;

    Shell(String program, String noStartUpFiles) {
        this.program = program;
        this.noStartUpFiles = noStartUpFiles;
    }

    List<String> command(String... options) {
        List<String> command = new ArrayList<>(List.of(program, noStartUpFiles));
        command.addAll(List.of(options));
        return command;
    }

    /** Skips the test where the shell is not installed. In CI the test fails instead. */
    void require() throws InterruptedException {
        boolean here;
        try {
            here = new ProcessBuilder(command("-c", "exit")).start().waitFor() == 0;
        } catch (IOException _) {
            here = false;
        }
        if (Boolean.parseBoolean(System.getenv("CI"))) {
            assertThat(here).as("%s is there, as it must be in CI", program).isTrue();
        }
        assumeThat(here).as("%s is there; scripts/test installs it", program).isTrue();
    }
}
