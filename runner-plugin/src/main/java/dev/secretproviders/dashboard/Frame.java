package dev.secretproviders.dashboard;

import dev.secretproviders.dashboard.page.Assets;
import dev.secretproviders.dashboard.page.Badges;
import dev.secretproviders.dashboard.page.PageException;
import dev.secretproviders.dashboard.page.Visit;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.TypeMismatchException;
import org.springframework.web.HttpRequestMethodNotSupportedException;
import org.springframework.web.bind.ServletRequestBindingException;
import org.springframework.web.bind.annotation.ControllerAdvice;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.servlet.ModelAndView;
import org.springframework.web.servlet.NoHandlerFoundException;

/** What every template has, and the page for what is wrong. */
@ControllerAdvice
class Frame {
    private final Assets assets;

    Frame(Assets assets) {
        this.assets = assets;
    }

    @ModelAttribute("assets")
    Assets assets() {
        return assets;
    }

    @ModelAttribute("badges")
    Badges badges() {
        return new Badges();
    }

    @ModelAttribute("visit")
    @Nullable
    Visit visit(HttpServletRequest request) {
        return (Visit) request.getAttribute(Visit.class.getName());
    }

    @ExceptionHandler
    ModelAndView problem(PageException e, HttpServletRequest request, HttpServletResponse response) {
        return page(e.status(), String.valueOf(e.getMessage()), request, response);
    }

    @ExceptionHandler
    ModelAndView absent(NoHandlerFoundException e, HttpServletRequest request, HttpServletResponse response) {
        return page(404, "There is no page at this address.", request, response);
    }

    @ExceptionHandler
    ModelAndView wrongMethod(
            HttpRequestMethodNotSupportedException e, HttpServletRequest request, HttpServletResponse response) {
        return page(405, "This address is not for this kind of request.", request, response);
    }

    @ExceptionHandler({ServletRequestBindingException.class, TypeMismatchException.class})
    ModelAndView incomplete(Exception e, HttpServletRequest request, HttpServletResponse response) {
        return page(400, "The request is not complete, or a parameter is not of its type.", request, response);
    }

    private ModelAndView page(int status, String message, HttpServletRequest request, HttpServletResponse response) {
        response.setStatus(status);
        ModelAndView page = new ModelAndView("problem", Map.of("status", status, "message", message, "assets", assets));
        page.addObject("visit", visit(request));
        return page;
    }
}
