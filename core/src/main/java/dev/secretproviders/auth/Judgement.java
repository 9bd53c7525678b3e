package dev.secretproviders.auth;

/** What a filter says about a request: its decision, or what it takes to decide. Immutable. */
public sealed interface Judgement permits Decision, Judgement.Ask, Judgement.Later {

    /** Goes on where a filter stopped. Used once. */
    @FunctionalInterface
    interface Next {
        /**
         * Judges the request further.
         *
         * @param request the view that the filter saw before, with the same bytes, so that slices stay valid; valid
         *     during the call only
         */
        Judgement judge(RequestView request);
    }

    /**
     * The filter needs more of the request than has arrived. Once APISIX has sent it, {@code next} judges on the event
     * loop.
     *
     * @param needs what is missing
     */
    record Ask(RequestNeeds needs, Next next) implements Judgement {}

    /**
     * The rest takes too long for the event loop, for example a signature by a private key. {@code next} judges on a
     * virtual thread, and may be interrupted once the request was answered without it.
     */
    record Later(Next next) implements Judgement {}
}
