package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.gateway.GatewayException;
