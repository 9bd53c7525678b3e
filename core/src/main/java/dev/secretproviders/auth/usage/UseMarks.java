package dev.secretproviders.auth.usage;

/**
 * The uses of a credential, for the next process of the same runner. Times are in seconds before now.
 *
 * @param ago when it was last used
 * @param previousAgo when a version before the current one was last used; below zero for never
 * @param previous how many times versions before the current one were used
 * @param previousTaken how many of those are in the access log
 * @param current how many uses of the current version are not in the access log
 */
public record UseMarks(
        CredentialName credential, long ago, long previousAgo, long previous, long previousTaken, long current) {}
