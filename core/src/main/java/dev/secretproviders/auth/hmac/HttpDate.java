package dev.secretproviders.auth.hmac;

/**
 * Reads the date of a request as nginx does ({@code ngx_parse_http_time}): {@code Tue, 10 Nov 2026 23:50:13 GMT}, {@code
 * Tuesday, 10-Nov-26 23:50:13 GMT} or {@code Tue Nov 10 23:50:13 2026}. As there, the day of the week and the time zone
 * are not looked at.
 */
final class HttpDate {
    /** What {@link #seconds} returns for a text that is no date. */
    static final long NONE = Long.MIN_VALUE;

    private static final int[] DAYS = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    private static final int FEBRUARY = 1;
    private static final int SHORTEST = 18;

    private final byte[] bytes;
    private final int end;
    private int at;
    private boolean wrong;

    private HttpDate(byte[] bytes, int offset, int length) {
        this.bytes = bytes;
        this.at = offset;
        this.end = offset + length;
    }

    /** Returns the seconds since 1970, or {@link #NONE}. */
    static long seconds(byte[] bytes, int offset, int length) {
        return new HttpDate(bytes, offset, length).read();
    }

    private long read() {
        boolean afterComma = skipDayOfWeek();
        if (end - at < SHORTEST) {
            return NONE;
        }
        return afterComma ? withDayFirst() : withMonthFirst();
    }

    /** Skips the day of the week and the spaces behind it. Returns whether a comma follows it. */
    private boolean skipDayOfWeek() {
        boolean comma = true;
        while (at < end && bytes[at] != ',') {
            if (bytes[at] == ' ') {
                comma = false;
                break;
            }
            at++;
        }
        at++;
        while (at < end && bytes[at] == ' ') {
            at++;
        }
        return comma;
    }

    private long withDayFirst() {
        int day = number(2);
        byte separator = peek();
        if (separator != ' ' && separator != '-') {
            return NONE;
        }
        at++;
        int month = month();
        expect((char) separator);
        int year = separator == ' ' ? number(4) : century(number(2));
        expect(' ');
        int second = time();
        return result(year, month, day, second);
    }

    private long withMonthFirst() {
        int month = month();
        expect(' ');
        if (peek() == ' ') {
            at++;
        }
        int day = number(1);
        if (peek() != ' ') {
            day = day * 10 + number(1);
        }
        expect(' ');
        int second = time();
        expect(' ');
        return result(number(4), month, day, second);
    }

    private static int century(int year) {
        return year + (year < 70 ? 2000 : 1900);
    }

    /** Reads {@code 23:50:13}. Returns the second of the day. */
    private int time() {
        int hour = number(2);
        expect(':');
        int minute = number(2);
        expect(':');
        int second = number(2);
        wrong |= hour > 23 || minute > 59 || second > 59;
        return (hour * 60 + minute) * 60 + second;
    }

    private int month() {
        int month = end - at < 3 ? -1 : month((char) bytes[at], (char) bytes[at + 1], (char) bytes[at + 2]);
        wrong |= month < 0;
        at += 3;
        return month;
    }

    /** Looks at as few letters as nginx. */
    private static int month(char first, char second, char third) {
        return switch (first) {
            case 'J' -> second == 'a' ? 0 : third == 'n' ? 5 : 6;
            case 'F' -> FEBRUARY;
            case 'M' -> third == 'r' ? 2 : 4;
            case 'A' -> second == 'p' ? 3 : 7;
            case 'S' -> 8;
            case 'O' -> 9;
            case 'N' -> 10;
            case 'D' -> 11;
            default -> -1;
        };
    }

    private long result(int year, int month, int day, int second) {
        if (wrong || day > DAYS[month] || (day == 29 && month == FEBRUARY && !leap(year))) {
            return NONE;
        }
        return days(year, month + 1, day) * 86_400L + second;
    }

    private static boolean leap(int year) {
        return (year & 3) == 0 && (year % 100 != 0 || year % 400 == 0);
    }

    /** Returns the days since 1970-01-01 by Gauss' formula, as nginx: it also counts a day 0. */
    private static long days(int year, int month, int day) {
        int monthFromMarch = month - 2;
        int yearFromMarch = year;
        if (monthFromMarch <= 0) {
            monthFromMarch += 12;
            yearFromMarch--;
        }
        return 365L * yearFromMarch
                + yearFromMarch / 4
                - yearFromMarch / 100
                + yearFromMarch / 400
                + 367 * monthFromMarch / 12
                - 30
                + day
                - 1
                - 719_527
                + 31
                + 28;
    }

    private byte peek() {
        return at < end ? bytes[at] : 0;
    }

    private void expect(char wanted) {
        wrong |= peek() != wanted;
        at++;
    }

    private int number(int digits) {
        int number = 0;
        for (int i = 0; i < digits; i++) {
            int digit = peek() - '0';
            wrong |= digit < 0 || digit > 9;
            number = number * 10 + digit;
            at++;
        }
        return number;
    }
}
