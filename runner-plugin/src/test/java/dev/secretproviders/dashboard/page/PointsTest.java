package dev.secretproviders.dashboard.page;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PointsTest {
    @Test
    void pointsAreRoundedToTenths() {
        Points points = new Points();
        assertThat(points).hasToString("");
        points.add(0, 100);
        points.add(12.34, 0.96);

        assertThat(points).hasToString("0.0,100.0 12.3,1.0");
    }
}
