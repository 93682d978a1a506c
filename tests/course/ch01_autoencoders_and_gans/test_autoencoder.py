"""The shared encoder with two decoders."""

import torch

from fomm_lite.course.ch01_autoencoders_and_gans.autoencoder import SwapAutoencoder, train_swap


def test_a_code_is_all_that_passes_from_encoder_to_decoders():
    model = SwapAutoencoder(persons=3, code=5)
    pictures = torch.rand(2, 3, 32, 32)
    assert model.encoder.codes(pictures).shape == (2, 5)
    assert torch.equal(
        model(pictures, 2), model.decoders[2](model.encoder.spread(model.encoder.codes(pictures)).view(2, -1, 4, 4))
    )
    assert 0 <= model(pictures, 0).min() and model(pictures, 0).max() <= 1


def test_each_decoder_learns_the_colour_of_its_person_and_the_swap_keeps_it():
    dark, bright = torch.full((8, 3, 32, 32), 0.2), torch.full((8, 3, 32, 32), 0.8)
    training = train_swap([dark, bright], 60, code=2, batch=4)
    assert training.losses[-1] < 0.5 * training.losses[0]
    with torch.no_grad():
        assert abs(float(training.model(dark, 1).mean()) - 0.8) < abs(float(training.model(dark, 1).mean()) - 0.2)


def test_a_training_can_be_repeated_and_leaves_the_global_dice_alone():
    pictures = [torch.rand(4, 3, 32, 32) for _ in range(2)]
    state = torch.get_rng_state()
    first, again = (train_swap(pictures, 3, code=4, batch=2).losses for _ in range(2))
    assert first == again
    assert torch.equal(state, torch.get_rng_state())
