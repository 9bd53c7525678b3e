package dev.secretproviders.admin;

import java.util.List;

/** A part of the Admin API. */
interface AdminResource {
    /** Returns its endpoints. */
    List<Endpoint> endpoints();
}
