package dev.secretproviders.dashboard;

import dev.secretproviders.admin.token.Authenticator;
import dev.secretproviders.dashboard.openid.BegunCookie;
import dev.secretproviders.dashboard.openid.OpenIdLogin;
import dev.secretproviders.dashboard.openid.OpenIdProblemException;
import dev.secretproviders.dashboard.openid.OpenIdUser;
import dev.secretproviders.dashboard.page.PageException;
import dev.secretproviders.dashboard.session.FixedIdentity;
import dev.secretproviders.dashboard.session.LogIns;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;

/** Log-in by OpenID Connect: sends the browser to the provider, and takes it back. */
@Controller
class OpenIdController {
    private static final String OPENID = "openid";
    private static final String BEGIN = DashboardServlet.LOGIN + "/openid";
    private static final int TOO_MANY = 429;

    private final Dashboard dashboard;
    private final LogIns logIns;

    OpenIdController(Dashboard dashboard, LogIns logIns) {
        this.dashboard = dashboard;
        this.logIns = logIns;
    }

    /** Returns the path that begins a log-in, which then leads to this page. */
    static String path(String target) {
        return target.equals(DashboardServlet.HOME)
                ? BEGIN
                : BEGIN + "?to=" + URLEncoder.encode(target, StandardCharsets.UTF_8);
    }

    @GetMapping("/login/openid")
    String begin(
            @RequestParam(required = false) @Nullable String to,
            HttpServletRequest request,
            HttpServletResponse response) {
        OpenIdLogin login = login();
        URI home = login.home();
        String target = OwnPage.of(to);
        if (!home.getRawAuthority().equalsIgnoreCase(request.getHeader("Host"))) {
            // The cookie must be set at the address that the provider sends the browser back to.
            return "redirect:" + home.resolve(path(target));
        }
        try {
            OpenIdLogin.Begun begun = login.begin(target);
            BegunCookie.set(login, response, begun.cookie());
            return "redirect:" + begun.address();
        } catch (OpenIdProblemException e) {
            throw new PageException(e.kind().status(), String.valueOf(e.getMessage()));
        }
    }

    @GetMapping("/login/openid/back")
    String back(
            @RequestParam(required = false) @Nullable String state,
            @RequestParam(required = false) @Nullable String code,
            @RequestParam(required = false) @Nullable String error,
            @RequestParam(name = "iss", required = false) @Nullable String issuer,
            HttpServletRequest request,
            HttpServletResponse response,
            Model model)
            throws InterruptedException {
        OpenIdLogin login = login();
        Authenticator authenticator = authenticator();
        String cookie = BegunCookie.of(request);
        BegunCookie.remove(login, response);
        OpenIdLogin.Finished finished;
        try {
            finished = login.finish(cookie, new OpenIdLogin.Back(state, code, error, issuer));
        } catch (OpenIdProblemException e) {
            refused(authenticator, e, request.getRemoteAddr());
            throw new PageException(e.kind().status(), String.valueOf(e.getMessage()));
        }
        OpenIdUser user = finished.user();
        FixedIdentity identity = new FixedIdentity(user.subject(), user.name(), user.roles(), user.scope());
        if (!logIns.begin(authenticator, identity, identity.caller(request.getRemoteAddr()), request, response)) {
            throw new PageException(TOO_MANY, "Too many people are logged in. Try again later.");
        }
        // A redirect would still be a part of the provider's navigation, with which browsers do not send the session's
        // cookie. A page of our own begins a new one.
        model.addAttribute("target", finished.target());
        return "entered";
    }

    private static void refused(Authenticator authenticator, OpenIdProblemException e, String address)
            throws InterruptedException {
        switch (e.kind()) {
            case NO_ROLE ->
                authenticator.recordRefusedLogIn(e.user(), OPENID, "no group of the user has a role", address);
            case REFUSED, NOT_BEGUN -> {
                // Delayed and counted as a wrong token, since anyone can send it.
                Authenticator.Refusal _ = authenticator.refuseLogIn(address);
            }
            case UNAVAILABLE -> {
                // It is in the log, and nothing was presented that could be wrong.
            }
        }
    }

    private OpenIdLogin login() {
        OpenIdLogin login = dashboard.openId();
        if (login == null) {
            throw new PageException(404, "Log-in by OpenID Connect is not configured here. Log in with a token.");
        }
        return login;
    }

    private Authenticator authenticator() {
        return dashboard.requiredApi().authenticator();
    }
}
