package dev.secretproviders.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.certificate.TestCertificates;
import dev.secretproviders.certificate.TestCertificates.Issued;
import dev.secretproviders.dashboard.DashboardFixture.Page;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The life of a certificate in the dashboard, without JavaScript. */
final class CertificatePagesTest extends WithAdminBrowser {
    private static final String LIST = "/dashboard/certificates";

    private Issued made;

    @BeforeEach
    void fill() throws Exception {
        made = TestCertificates.good("shop.example.com");
        it.admin.put("/admin/providers/local/tls", "{}").expect(201);
        ObjectNode body = JsonMapper.shared().createObjectNode();
        body.putObject("fields").put("crt", made.pem()).put("key", made.key());
        it.admin.put("/admin/secrets/tls/shop", body.toString()).expect(201);
    }

    private static Map<String, String> fields(String delivery) {
        return new TreeMap<>(Map.of(
                "id", "shop",
                "snis", "shop.example.com",
                "certificate", "$secret://local/tls/shop/crt",
                "key", "$secret://local/tls/shop/key",
                "labels", "team=a",
                "delivery", delivery));
    }

    @Test
    void certificateIsCreatedEditedAndDeletedAndNoPageShowsTheKey() throws Exception {
        assertThat(browser.get(LIST).expect(200).words())
                .contains("There is no certificate yet", "Add the first certificate");
        assertThat(it.as("viewer").get(LIST).expect(200).words()).doesNotContain("New certificate");

        Page refused = browser.post(LIST + "/new", fields("admin_api")).expect(400);
        assertThat(refused.words()).contains("certificates.admin-api.uri");
        assertThat(refused.html().expectFirst("[name=snis]").text()).isEqualTo("shop.example.com");

        assertThat(browser.post(LIST + "/new", fields("adc")).expect(302).header("Location"))
                .isEqualTo(LIST + "/shop");
        Page one = browser.get(LIST + "/shop").expect(200);
        assertThat(one.words()).contains("The certificate shop was checked and saved.", "in force", "shop.example.com");
        assertThat(browser.get(LIST).words()).contains("shop", "in force", "1 to 1 of 1");

        Page form = browser.get(LIST + "/shop/edit").expect(200);
        Map<String, String> change = fields("adc");
        change.put("desc", "The shop of team a");
        change.put("revision", form.html().expectFirst("[name=revision]").attr("value"));
        browser.post(LIST + "/shop/edit", change).expect(302);
        browser.post(LIST + "/shop/edit", change).expect(412);
        assertThat(browser.get(LIST + "/shop").words()).contains("The shop of team a");
        assertThat(it.admin.get("/admin/certificates/shop").text()).contains("\"team\":\"a\"");

        assertThat(browser.get(LIST + "/shop/delete").expect(200).words()).contains("Delete shop?");
        browser.post(LIST + "/shop/delete", Map.of()).expect(302);
        assertThat(browser.get(LIST).words()).contains("There is no certificate yet");
        for (Page page : new Page[] {one, form, refused}) {
            assertThat(page.html().html()).doesNotContain(made.canary());
        }
    }

    @Test
    void certificateWithoutAnIdIsRefused() {
        Map<String, String> without = fields("adc");
        without.put("id", " ");

        assertThat(browser.post(LIST + "/new", without).expect(400).words()).contains("id: write 1 to 64 letters");
        assertThat(browser.get(LIST).words()).contains("There is no certificate yet");
    }

    @Test
    void secretAndFindingLeadToTheCertificate() {
        browser.post(LIST + "/new", fields("adc")).expect(302);

        assertThat(browser.get("/dashboard/references").expect(200).words()).contains("$secret://local/tls/shop/key");
        assertThat(browser.get("/dashboard/references").html().select("a[href=/dashboard/certificates/shop]"))
                .isNotEmpty();
        Page reference = browser.get("/dashboard/references/one?reference=%24secret%3A%2F%2Flocal%2Ftls%2Fshop%2Fkey")
                .expect(200);
        assertThat(reference.html().select("a[href=/dashboard/certificates/shop]"))
                .isNotEmpty();
        assertThat(reference.html().select("dt").eachText())
                .as("a certificate is not used by requests")
                .doesNotContain("Last use");
        assertThat(browser.get("/dashboard/references/graph?from=certificate%2Fshop")
                        .expect(200)
                        .words())
                .contains("Certificate shop", "Open this certificate");
        assertThat(browser.get(LIST + "/shop").html().select("dt").eachText()).contains("Certificate", "Private key");
    }
}
