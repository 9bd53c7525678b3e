package dev.secretproviders.app.cli.check;

/**
 * Where a text stands.
 *
 * @param source the file, or {@code etcd}
 * @param line the line of the file, counted from 1; 0 if there is none
 * @param object the object, such as {@code consumer jack}
 * @param field the field in it, such as {@code plugins.key-auth.key}
 */
record Place(String source, int line, String object, String field) {

    /** Returns the file and the line as compilers print them. */
    String position() {
        return line == 0 ? source : source + ":" + line;
    }
}
