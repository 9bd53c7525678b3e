package dev.secretproviders.transport.route;

/**
 * Why a route answers 503 to every request.
 *
 * @param route the route
 * @param message what is wrong and what to do, without any value of the configuration
 */
public record RouteProblem(RouteId route, String message) {}
