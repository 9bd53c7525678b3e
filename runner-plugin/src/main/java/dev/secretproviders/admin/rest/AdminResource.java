package dev.secretproviders.admin.rest;

import java.util.List;

/** A part of the Admin API. */
public interface AdminResource {
    /** Returns its endpoints. */
    List<Endpoint> endpoints();
}
