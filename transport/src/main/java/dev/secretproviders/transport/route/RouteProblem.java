package dev.secretproviders.transport.route;

/**
 * The reason why a route answers 503 to every request.
 *
 * @param route the route
 * @param message the mistake and the remedy, without any value of the configuration
 */
public record RouteProblem(RouteId route, String message) {}
